/**
 * How two devices that share a space prove to each other who they are (protocol §4): Noise_XXpsk0 under a key of
 * a common epoch, with both DTLS fingerprints in the prologue, so that a meeting point that swapped them gets nowhere.
 * Sans-I/O: bytes in, bytes out.
 *
 *   1 dialer → listener   e                 fails at once without the epoch's key
 *   2 listener → dialer   e, s, {device}    the dialer judges before it names itself
 *   3 dialer → listener   s, {device}       the listener judges
 *
 * Accepted is a device whose certificate names exactly the static key it has just proven: copying somebody else's
 * certificate, or relaying another channel's proof, does not help.
 */
import { z } from 'zod';
import { concat, equal, lp, utf8 } from '../bytes.ts';
import { LABEL } from '../crypto/labels.ts';
import { NoiseHandshake } from '../crypto/noise.ts';
import type { CipherState } from '../crypto/noise.ts';
import type { KeyPair } from '../crypto/sign.ts';
import type { Random } from '../ports.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { MESH } from './limits.ts';

/** What led to the connection; part of the prologue, so that a proof made for one is none for another. */
export type TopicKind = 'mqtt' | 'lan' | 'invite';

/** What a device says about itself inside the handshake. */
export interface Claim {
  /** 32 bytes. */
  readonly deviceId: Uint8Array;
  /** 8 random bytes, new at every start: tells a restarted device from a second connection of the same one. */
  readonly instance: Uint8Array;
}

/** The other side, as far as the handshake proves it: it holds `noisePk`, and says it is `deviceId`. */
export interface Proven extends Claim {
  readonly noisePk: Uint8Array;
  /** Handshake hash: names this channel and no other. */
  readonly h: Uint8Array;
  readonly tx: CipherState;
  readonly rx: CipherState;
}

export interface MemberHandshakeOptions {
  readonly initiator: boolean;
  readonly topicKind: TopicKind;
  /** sessionPsk of the epoch that brought the two together. */
  readonly psk: Uint8Array;
  readonly localFingerprint: Uint8Array;
  readonly remoteFingerprint: Uint8Array;
  readonly self: Claim & { readonly noise: KeyPair };
  readonly random: Random;
  /** Whether to go on with this device: known with exactly this key, or unknown and allowed to prove itself. */
  readonly judge: (deviceId: Uint8Array, noisePk: Uint8Array) => boolean;
}

export type HandshakeStep = { readonly send?: Uint8Array; readonly proven?: Proven };

/** The peer cannot be accepted. The message never says why to the peer. */
export class HandshakeRefused extends Error {
  override readonly name = 'HandshakeRefused';
}

const claimSchema = z.strictObject({
  deviceId: z.instanceof(Uint8Array).refine((b) => b.length === 32),
  instance: z.instanceof(Uint8Array).refine((b) => b.length === 8),
});
const NOTHING = new Uint8Array(0);

export class MemberHandshake {
  readonly #options: MemberHandshakeOptions;
  readonly #noise: NoiseHandshake;
  #received = 0;

  constructor(options: MemberHandshakeOptions) {
    this.#options = options;
    const { initiator, localFingerprint: local, remoteFingerprint: remote } = options;
    const [dialer, listener] = initiator ? [local, remote] : [remote, local];
    this.#noise = new NoiseHandshake({
      pattern: 'XXpsk0',
      initiator,
      prologue: concat(utf8(LABEL.session), lp(utf8(options.topicKind)), lp(dialer), lp(listener)),
      psk: options.psk,
      s: options.self.noise,
      random: options.random,
    });
  }

  /** The dialer's first message; null for the listener, who waits. */
  start(): Uint8Array | null {
    return this.#options.initiator ? this.#noise.write(NOTHING) : null;
  }

  /** The next step; throws NoiseError or HandshakeRefused, after which the channel must be closed. */
  handle(message: Uint8Array): HandshakeStep {
    if (message.length > MESH.handshakeMessage) throw new HandshakeRefused('handshake message too long');
    const payload = this.#noise.read(message);
    const { initiator, self } = this.#options;
    const first = this.#received++ === 0;
    if (!initiator && first) {
      if (payload.length !== 0) throw new HandshakeRefused('payload in the first message');
      return { send: this.#noise.write(this.#claim()) };
    }
    const claim = this.#readClaim(payload);
    const noisePk = this.#noise.remoteStatic as Uint8Array; // both patterns' ends have it by now
    if (equal(claim.deviceId, self.deviceId)) throw new HandshakeRefused('that is this device itself');
    if (!this.#options.judge(claim.deviceId, noisePk)) throw new HandshakeRefused('device not accepted');
    const send = initiator ? this.#noise.write(this.#claim()) : undefined;
    const proven: Proven = { ...claim, noisePk, h: this.#noise.hash.slice(), ...this.#noise.split() };
    return send ? { send, proven } : { proven };
  }

  #claim(): Uint8Array {
    const { deviceId, instance } = this.#options.self;
    return encodeCbor({ deviceId, instance });
  }

  #readClaim(payload: Uint8Array): Claim {
    try {
      return claimSchema.parse(decodeCbor(payload));
    } catch (error) {
      throw new HandshakeRefused('malformed claim', { cause: error });
    }
  }
}
