/**
 * Every derivation of the protocol (§2, §3), so that a label, a salt and a length are written down once.
 * Frozen in test/vectors/keys.json.
 */
import { base32nopad } from '@scure/base';
import { concat, lv, u32be, utf8 } from '../bytes.ts';
import type { EpochKeys, MeetingKeys } from '../echo/replica.ts';
import { boxKeyPair } from './box.ts';
import { hkdf, hmacSha256, sha256 } from './hash.ts';
import { LABEL } from './labels.ts';
import { signKeyPair } from './sign.ts';
import type { KeyPair } from './sign.ts';
import { wipe } from './sodium.ts';

const NO_SALT = new Uint8Array(0);

// ---------------------------------------------------------------- identity and device

/** The root pair and what else the phrase gives; `root.sk` and the keys are to be wiped by the caller. */
export interface RootKeys {
  readonly root: KeyPair;
  readonly backupKey: Uint8Array;
  readonly haloRecovery: Uint8Array;
}

/** From the 16 bytes of entropy behind the twelve words. */
export function rootFromEntropy(entropy: Uint8Array): RootKeys {
  const seed = hkdf(entropy, NO_SALT, LABEL.identityRoot, 32);
  const root = signKeyPair(seed);
  wipe(seed);
  return {
    root,
    backupKey: hkdf(entropy, NO_SALT, LABEL.backup, 32),
    haloRecovery: hkdf(entropy, NO_SALT, LABEL.haloRecovery, 32),
  };
}

/** 32 bytes: a person, whatever their devices. */
export function identityId(rootPk: Uint8Array): Uint8Array {
  return sha256(utf8(LABEL.identity), rootPk);
}

/** The three pairs of one device; `sign.pk` is the deviceId. */
export interface DeviceKeys {
  readonly sign: KeyPair;
  readonly noise: KeyPair;
  readonly box: KeyPair;
}

/** From the device master secret (32 bytes, in the system keychain). */
export function deviceKeys(dms: Uint8Array): DeviceKeys {
  const seeds = [LABEL.deviceSign, LABEL.deviceNoise, LABEL.deviceBox].map((label) => hkdf(dms, NO_SALT, label, 32));
  const [sign, noise, box] = seeds as [Uint8Array, Uint8Array, Uint8Array];
  const keys = { sign: signKeyPair(sign), noise: boxKeyPair(noise), box: boxKeyPair(box) };
  wipe(...seeds);
  return keys;
}

/** The database's key. */
export function dbKey(dms: Uint8Array, dbUuid: Uint8Array): Uint8Array {
  return hkdf(dms, dbUuid, LABEL.database, 32);
}

// ---------------------------------------------------------------- spaces, logs, epochs

/** 32 bytes: the hash of the Genesis payload (not of its entry, whose logId depends on this). */
export function spaceId(genesisPayload: Uint8Array): Uint8Array {
  return sha256(utf8(LABEL.space), genesisPayload);
}

/** 16 bytes. `incarnation` is 16 random bytes, new whenever the device may have lost the end of its log. */
export function logId(space: Uint8Array, deviceId: Uint8Array, incarnation: Uint8Array): Uint8Array {
  return sha256(utf8(LABEL.log), space, deviceId, incarnation).slice(0, 16);
}

/** The Yjs clientID of a log: below 2⁵³, so that it is exact as a number. */
export function yjsClientId(log: Uint8Array): number {
  const hash = sha256(utf8(LABEL.actor), log);
  return Number(new DataView(hash.buffer, hash.byteOffset).getBigUint64(0) & 0x1f_ffff_ffff_ffffn);
}

/** All keys of one epoch. `contentKey` is K_e, `meetingKey` M_e, 32 random bytes each. */
export function epochKeys(contentKey: Uint8Array, meetingKey: Uint8Array, space: Uint8Array): EpochKeys {
  return {
    ...meetingKeys(meetingKey, space, hkdf(concat(contentKey, meetingKey), space, LABEL.epochId, 16)),
    entryKey: hkdf(contentKey, space, LABEL.epochEntry, 32),
    blobKey: hkdf(contentKey, space, LABEL.epochBlob, 32),
  };
}

/** A keeper's half of them. It cannot compute `keyId`, which commits to K_e as well, and takes it as it was told. */
export function meetingKeys(meetingKey: Uint8Array, space: Uint8Array, keyId: Uint8Array): MeetingKeys {
  const discovery = hkdf(meetingKey, space, LABEL.epochDiscovery, 32);
  return {
    keyId,
    sessionPsk: hkdf(meetingKey, space, LABEL.epochSessionPsk, 32),
    discovery,
    signalKey: hkdf(discovery, NO_SALT, LABEL.epochSignal, 32),
  };
}

/** What two devices of a space meet and talk under whatever epochs they are in; `shared` is `sharedSecret` of their box keys. */
export function pairKeys(shared: Uint8Array, space: Uint8Array): MeetingKeys {
  return {
    keyId: hkdf(shared, space, LABEL.pairId, 16),
    discovery: hkdf(shared, space, LABEL.pairDiscovery, 32),
    signalKey: hkdf(shared, space, LABEL.pairSignal, 32),
    sessionPsk: hkdf(shared, space, LABEL.pairSessionPsk, 32),
  };
}

/** One direction of a connection through a meeting point. */
export interface RelayWay {
  readonly topic: string;
  /** Seals what goes that way. */
  readonly key: Uint8Array;
}

/**
 * New for each connection, whose nonces these are. `shared` as above, and then known to the two devices alone; or the
 * relay secret of an invitation, A its guest: then whoever holds the code can compute them.
 */
export function relayKeys(
  shared: Uint8Array,
  nA: Uint8Array,
  nB: Uint8Array,
): { readonly dialer: RelayWay; readonly listener: RelayWay } {
  const bytes = hkdf(shared, concat(nA, nB), LABEL.relay, 96);
  const way = (at: number): RelayWay => ({
    topic: base32(bytes.slice(at, at + 16)),
    key: bytes.slice(at + 16, at + 48),
  });
  return { dialer: way(0), listener: way(48) };
}

/** The day's meeting topic: 26 lower-case base32 characters. `day` counts whole days since 1970 (UTC). */
export function topic(discovery: Uint8Array, day: number): string {
  return base32(hkdf(discovery, u32be(day), LABEL.epochTopic, 16));
}

/** 6 bytes by which members recognise each other in mDNS records. `nonce` is 8 random bytes of the record. */
export function lanTag(discovery: Uint8Array, day: number, nonce: Uint8Array): Uint8Array {
  return hmacSha256(discovery, utf8(LABEL.lanTag), u32be(day), nonce).slice(0, 6);
}

/** 8 bytes by which one side of a session names a common space: h is the handshake hash. */
export function sessionTag(discovery: Uint8Array, h: Uint8Array, side: 'dialer' | 'listener'): Uint8Array {
  return hmacSha256(discovery, h, Uint8Array.of(side === 'dialer' ? 0 : 1)).slice(0, 8);
}

// ---------------------------------------------------------------- invitations

/** First 16 bytes of the hash of the host's key: what the code commits to. */
export function invitePkHash(hostPk: Uint8Array): Uint8Array {
  return sha256(utf8(LABEL.invitePk), hostPk).slice(0, 16);
}

export interface InviteKeys {
  /** 16 bytes. */
  readonly invId: Uint8Array;
  /** Rendezvous topic, base32. */
  readonly topic: string;
  /** kSig: seals the signals. */
  readonly signalKey: Uint8Array;
  /** Noise psk. */
  readonly psk: Uint8Array;
  /** For `relayKeys`, with the nonces of the guest and the host. */
  readonly relay: Uint8Array;
}

/** What both sides derive from the code: `secret` is S (16 bytes). */
export function inviteKeys(secret: Uint8Array, pkHash: Uint8Array): InviteKeys {
  return {
    invId: hkdf(secret, pkHash, LABEL.inviteId, 16),
    topic: base32(hkdf(secret, pkHash, LABEL.inviteTopic, 16)),
    signalKey: hkdf(secret, pkHash, LABEL.inviteSignal, 32),
    psk: hkdf(secret, pkHash, LABEL.invitePsk, 32),
    relay: hkdf(secret, pkHash, LABEL.inviteRelay, 32),
  };
}

/** Where a recovered device and the others meet on a day: an invitation that needs no code, for it is known to them alone. */
export function recoveryKeys(
  haloRecovery: Uint8Array,
  day: number,
): InviteKeys & { readonly host: KeyPair; readonly pkHash: Uint8Array } {
  const secret = hkdf(haloRecovery, u32be(day), LABEL.haloMeeting, 48);
  const host = boxKeyPair(secret.slice(16));
  const pkHash = invitePkHash(host.pk);
  const keys = inviteKeys(secret.slice(0, 16), pkHash);
  wipe(secret);
  return { ...keys, host, pkHash };
}

/** CPace's channel identifier of an invitation. */
export function invitePakeContext(invId: Uint8Array, hostPk: Uint8Array): Uint8Array {
  return lv(utf8(LABEL.invitePake), invId, hostPk);
}

/** The next key of one direction once the code was proven: everything after is under it as well. */
export function inviteRekey(key: Uint8Array, isk: Uint8Array): Uint8Array {
  return hkdf(key, isk, LABEL.inviteRekey, 32);
}

/** The ISK's public name, 16 bytes: signed by the guest's device, gives nothing of the ISK away. */
export function iskId(isk: Uint8Array): Uint8Array {
  return hkdf(isk, NO_SALT, LABEL.inviteIskId, 16);
}

function base32(bytes: Uint8Array): string {
  return base32nopad.encode(bytes).toLowerCase();
}
