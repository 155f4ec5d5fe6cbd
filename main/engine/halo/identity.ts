/**
 * This device's identity, as everybody else in the engine uses it: who the person is, which keys the device
 * signs with, and the chain of certificates that proves the one from the other.
 */
import { z } from 'zod';
import { toHex } from '../bytes.ts';
import type { DeviceKeys } from '../crypto/keys.ts';
import { CoveError } from '../errors.ts';
import type { Cancel, Storage } from '../ports.ts';
import { CERT_LIMITS, makeProfileSet, readCert } from './cert.ts';
import { ChainFault, verifyChain } from './chain.ts';
import type { IdentityState } from './chain.ts';

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
  /** After the chain grew: spaces copy the new certificates (IdentityUpdate). */
  onChange(fn: () => void): Cancel;
}

/** A person's name as it is kept: without surrounding space, of one to 64 UTF-16 units, no control characters or half surrogates. */
export const PersonName = z
  .string()
  .transform((text) => text.normalize('NFC').trim())
  .pipe(
    z
      .string()
      .min(1)
      .max(CERT_LIMITS.name)
      .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text)),
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
export function loadIdentity(storage: Storage, identityId: Uint8Array, keys: DeviceKeys): Identity {
  const listeners = new Set<() => void>();
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
  if (!state.devices.has(toHex(keys.sign.pk))) throw new CoveError('database-damaged');

  return {
    identityId,
    deviceId: keys.sign.pk,
    keys,
    chain: () => certs,
    state: () => state,
    profile: () => state.profile,
    deviceName: () => state.devices.get(toHex(keys.sign.pk))?.name ?? '',
    setProfile(change) {
      const parsed = Change.safeParse(change);
      if (!parsed.success) throw new CoveError('value-invalid');
      const profile = {
        name: parsed.data.name ?? state.profile.name,
        avatar: parsed.data.avatar ?? state.profile.avatar,
      };
      if (profile.name === state.profile.name && profile.avatar === state.profile.avatar) return;
      if (certs.length >= CERT_LIMITS.certs) throw new CoveError('too-large');
      const cert = makeProfileSet(keys.sign, identityId, profile, state.heads.slice(0, CERT_LIMITS.prev));
      storage.transaction(() => storeCerts(storage, identityId, [cert]));
      certs = [...certs, cert];
      state = verified();
      for (const fn of [...listeners]) fn();
    },
    onChange(fn) {
      listeners.add(fn);
      return () => listeners.delete(fn);
    },
  };
}
