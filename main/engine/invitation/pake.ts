/**
 * One attempt at proving the authentication code: CPace under `sid = h ‖ attempt`, so that it holds for this channel
 * and this attempt only (protocol §3.2 I1–I4). The guest is CPace's initiator. Sans-I/O; secrets are wiped by `end`.
 */
import { concat, equal, utf8 } from '../bytes.ts';
import { cpaceConfirmation, cpaceFinish, cpaceStart } from '../crypto/cpace.ts';
import type { CpaceShare } from '../crypto/cpace.ts';
import { invitePakeContext } from '../crypto/keys.ts';
import { wipe } from '../crypto/sodium.ts';
import type { Random } from '../ports.ts';

export interface PakeOptions {
  readonly side: 'guest' | 'host';
  /** ASCII digits. Not kept. */
  readonly code: Uint8Array;
  readonly invId: Uint8Array;
  readonly hostPk: Uint8Array;
  /** Noise handshake hash of the channel. */
  readonly h: Uint8Array;
  readonly attempt: number;
  readonly random: Random;
}
export interface PakePart {
  /** Y: 32 bytes. */
  readonly share: Uint8Array;
  /** "G" or "H" and 16 random bytes: never equal for both sides, so no message can be reflected. */
  readonly ad: Uint8Array;
}

/** What the other side's proof is checked with. */
export type PakeProof = Pick<PakeAttempt, 'proves' | 'isk' | 'end'>;

export class PakeAttempt {
  /** What this side sends. */
  readonly own: PakePart;
  readonly #side: 'guest' | 'host';
  readonly #sid: Uint8Array;
  readonly #secret: CpaceShare['secret'];
  #isk: Uint8Array | undefined;
  #ownTag: Uint8Array | undefined;
  #otherTag: Uint8Array | undefined;

  constructor({ side, code, invId, hostPk, h, attempt, random }: PakeOptions) {
    this.#side = side;
    this.#sid = concat(h, Uint8Array.of(attempt));
    const input = { prs: code, ci: invitePakeContext(invId, hostPk), sid: this.#sid };
    const { secret, share } = cpaceStart(input, random.bytes(32));
    this.#secret = secret;
    this.own = { share, ad: concat(utf8(side === 'guest' ? 'G' : 'H'), random.bytes(16)) };
  }

  /** Takes the other side's part; false when it is none that an honest side sends: abort. */
  meet(other: PakePart): boolean {
    if (other.ad[0] !== utf8(this.#side === 'guest' ? 'H' : 'G')[0]) return false;
    const [a, b] = this.#side === 'guest' ? [this.own, other] : [other, this.own];
    const transcript = { ya: a.share, ada: a.ad, yb: b.share, adb: b.ad };
    const isk = cpaceFinish(this.#sid, this.#secret, other.share, transcript);
    wipe(this.#secret);
    if (!isk) return false;
    this.#isk = isk;
    this.#ownTag = cpaceConfirmation(this.#sid, isk, this.own.share, this.own.ad);
    this.#otherTag = cpaceConfirmation(this.#sid, isk, other.share, other.ad);
    return true;
  }

  /** The MAC that proves this side's knowledge. */
  get tag(): Uint8Array {
    return present(this.#ownTag);
  }

  /** The MAC that the other side has to send: for a proof that comes when this object is gone. */
  get expected(): Uint8Array {
    return present(this.#otherTag);
  }

  /** Whether the other side proved that it typed the same code on the same channel. Constant time. */
  proves(tag: Uint8Array): boolean {
    return equal(tag, present(this.#otherTag));
  }

  /** The key that both now share. Wiped by `end`. */
  get isk(): Uint8Array {
    return present(this.#isk);
  }

  end(): void {
    wipe(this.#secret, ...[this.#isk, this.#ownTag, this.#otherTag].filter((bytes) => bytes !== undefined));
  }
}

function present(bytes: Uint8Array | undefined): Uint8Array {
  if (!bytes) throw new Error('PAKE used before both parts met');
  return bytes;
}
