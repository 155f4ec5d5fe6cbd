/**
 * This device's identity, as everybody else in the engine uses it: who the person is, which keys the device
 * signs with, and the chain of certificates that proves the one from the other.
 */
import { z } from 'zod';
import { toHex } from '../bytes.ts';
import type { DeviceKeys } from '../crypto/keys.ts';
import type { KeyPair } from '../crypto/sign.ts';
import { CoveError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { Cancel, Log, Storage } from '../ports.ts';
import { CERT_KIND, CERT_LIMITS, makeDeviceAdmit, makeDeviceRevoke, makeProfileSet, readCert } from './cert.ts';
import type { Certificate, NewDevice } from './cert.ts';
import { hasRoom } from './bounded-chain.ts';
import { ChainFault, verifyChain } from './chain.ts';
import type { IdentityState } from './chain.ts';
import { standingCerts } from './learning.ts';

export interface Profile {
  readonly name: string;
  /** Seed of the generated avatar. */
  readonly avatar: string;
}

export interface Identity {
  /** 32 bytes: the person. */
  readonly identityId: Uint8Array;
  /** The device's Ed25519 public key. */
  readonly deviceId: Uint8Array;
  readonly keys: DeviceKeys;
  /** Every certificate of the identity, IdGenesis first. */
  chain(): readonly Uint8Array[];
  state(): IdentityState;
  profile(): Profile;
  /** How the person's other devices call this one; may be empty. */
  deviceName(): string;
  /** Signs and stores a ProfileSet, durable on return. Throws CoveError('value-invalid'). */
  setProfile(change: Partial<Profile>): void;
  /** True once this device was taken out of the identity: it writes no more and gets nothing new. */
  revoked(): boolean;
  /** What a new device's proof of possession and its admission name as their past. */
  heads(): readonly Uint8Array[];
  /** Signs and stores the admission of a device of the same person; returns the certificate's hash. Throws CoveError('too-many-devices'). */
  admit(device: NewDevice & { readonly name: string }, past: readonly Uint8Array[]): Uint8Array;
  /**
   * Takes devices out of the identity, all or none of them: itself or junior ones with the device's own key, any with
   * the root's, from the recovery phrase. Throws CoveError('device-not-found' | 'device-senior' | 'too-large').
   */
  revoke(deviceIds: readonly Uint8Array[], root?: KeyPair): void;
  /** Takes over what counts of certificates that came from elsewhere; true when anything was new. */
  learn(certs: readonly Uint8Array[]): boolean;
  /** After the chain grew: spaces copy the new certificates (IdentityUpdate). */
  onChange(fn: () => void): Cancel;
}

/**
 * The name of a person, or of one's own device, as it is kept: without surrounding space, of one to 64 UTF-16 units, no
 * control characters, half surrogates, or characters that turn round what stands beside the name.
 */
export const PersonName = z
  .string()
  .transform((text) => text.normalize('NFC').trim())
  .pipe(
    z
      .string()
      .min(1)
      .max(CERT_LIMITS.name)
      .refine((text) => !/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/u.test(text)),
  );
const Change = z.strictObject({
  name: PersonName.optional(),
  avatar: z.string().max(CERT_LIMITS.avatar).optional(),
});

/** Stores certificates in `identity_cert`; ones that are there already stay. */
export function storeCerts(storage: Storage, identityId: Uint8Array, certs: readonly Uint8Array[]): void {
  const insert = storage.prepare(
    'INSERT INTO identity_cert (hash, identity_id, kind, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  for (const bytes of certs) {
    const cert = readCert(bytes);
    if (!cert) throw new Error('a malformed certificate reached the database');
    insert.run(cert.hash, identityId, cert.kind, bytes);
  }
}

/** Loads the identity whose certificates are stored. Throws CoveError('database-damaged') when they prove nothing. */
export function loadIdentity(storage: Storage, identityId: Uint8Array, keys: DeviceKeys, log: Log): Identity {
  const listeners = new Listeners(log);
  let certs = storage
    .prepare('SELECT bytes FROM identity_cert WHERE identity_id = ? ORDER BY kind, hash')
    .all(identityId)
    .map((row) => row['bytes'] as Uint8Array);
  const verified = (): IdentityState => {
    const result = verifyChain(certs);
    if (result instanceof ChainFault || toHex(result.identityId) !== toHex(identityId)) {
      throw new CoveError('database-damaged');
    }
    return result;
  };
  let state = verified();
  const own = toHex(keys.sign.pk);
  const looked = new WeakSet<Uint8Array>();
  /** Stores what was made or learned, then tells: durable before anybody hears of it. */
  const keep = (added: readonly Uint8Array[]): void => {
    storage.transaction(() => storeCerts(storage, identityId, added));
    certs = [...certs, ...added];
    state = verified();
    const tell = (): void => listeners.call();
    if (!storage.inTransaction) return tell();
    // Somebody else's transaction decides; it has ended, this way or that, by the next microtask.
    const decided = (): void => {
      const first = readCert(added[0] as Uint8Array)?.hash as Uint8Array;
      if (storage.prepare('SELECT 1 FROM identity_cert WHERE hash = ?').get(first)) return tell();
      certs = certs.filter((cert) => !added.includes(cert));
      state = verified();
    };
    void Promise.resolve()
      .then(decided)
      // Closed meanwhile, or a disk that fails: nobody waits, and the next start reads what was decided.
      .catch((error: unknown) => log('identity-not-settled', { error: String(error) }));
  };
  const past = ({ heads } = state): readonly Uint8Array[] => heads.slice(0, CERT_LIMITS.prev);
  const room = (kind: Certificate['kind'], by = keys.sign.pk, made: readonly Uint8Array[] = []): void => {
    const chain = [...certs, ...made].map(readCert).filter((cert) => cert !== null);
    if (!hasRoom(chain, { kind, by }, state.rootPk)) throw new CoveError('too-large');
  };
  if (!state.devices.has(own)) throw new CoveError('database-damaged');

  return {
    identityId,
    deviceId: keys.sign.pk,
    keys,
    chain: () => certs,
    state: () => state,
    profile: () => state.profile,
    deviceName: () => state.devices.get(own)?.name ?? '',
    setProfile(change) {
      const parsed = Change.safeParse(change);
      if (!parsed.success) throw new CoveError('value-invalid');
      const profile = {
        name: parsed.data.name ?? state.profile.name,
        avatar: parsed.data.avatar ?? state.profile.avatar,
      };
      if (profile.name === state.profile.name && profile.avatar === state.profile.avatar) return;
      room(CERT_KIND.profile);
      keep([makeProfileSet(keys.sign, identityId, profile, past())]);
    },
    revoked: () => state.devices.get(own)?.revoked ?? true,
    heads: () => past(),
    admit(device, after) {
      const living = [...state.devices.values()].filter(({ revoked }) => !revoked);
      if (living.length >= CERT_LIMITS.devices) throw new CoveError('too-many-devices');
      room(CERT_KIND.admit);
      const cert = makeDeviceAdmit(keys.sign, identityId, device, after);
      keep([cert]);
      return readCert(cert)?.hash as Uint8Array;
    },
    revoke(deviceIds, root) {
      const made: Uint8Array[] = [];
      let after = state;
      for (const deviceId of deviceIds) {
        const device = after.devices.get(toHex(deviceId));
        if (!device || device.revoked) throw new CoveError('device-not-found');
        room(CERT_KIND.revoke, root?.pk, made);
        made.push(makeDeviceRevoke(root ?? keys.sign, identityId, deviceId, past(after)));
        const next = verifyChain([...certs, ...made]);
        // The chain's own rule decides who is senior: a revocation that would not count is not made.
        if (next instanceof ChainFault || !next.devices.get(toHex(deviceId))?.revoked)
          throw new CoveError('device-senior');
        after = next;
      }
      if (made.length > 0) keep(made);
    },
    learn(offered) {
      // Spaces offer the same certificates again with every change of their members.
      const fresh = offered.filter((cert) => !looked.has(cert));
      if (fresh.length === 0) return false;
      const added = standingCerts(certs, offered, identityId);
      for (const cert of fresh) looked.add(cert);
      if (added.length === 0) return false;
      keep(added);
      return true;
    },
    onChange: listeners.add,
  };
}
