/**
 * The files by which two who have no network between them join: four are carried, from the guest to the host and back,
 * twice. What is said in them is what is said over a channel, with the same keys and the same proofs.
 *
 *   file   = head ‖ length of the body u32 ‖ body ‖ after a file 4 that lets somebody in, a sync bundle for them, or nothing
 *   head   = "cove/1/invite/file" 18 B ‖ version u8 = 1 ‖ step u8 = 1…4 ‖ in steps 2 to 4: id 16 B
 *   id     = SHA-256(file 1)[0:16]: names this one join, and nothing else
 *   body 1 = Noise_NXpsk0 message 1, 48 B; psk and prologue (head ‖ invId ‖ flags u8) are the code's
 *   body 2 = Noise_NXpsk0 message 2, 96 B: the host's key is in it ‖ part(PakeB)
 *   body 3 = part(PakeA) ‖ part(PakeOkA) ‖ part*(AdmitReq)
 *   body 4 = part(PakeOkB) ‖ part*(AdmitWait)? ‖ part*(AdmitGrant)… or part*(AdmitNo)
 *            or part(PakeBad) ‖ part(PakeB) of the next attempt, after which file 3 comes again; without it when none is left
 *   part   = length u32 ‖ the next Noise transport message of that direction, whatever its length; its associated data
 *            is the head; * under the keys that depend on the digits as well                            (big-endian)
 */
import { concat, equal, u32be, utf8 } from '../../bytes.ts';
import { sha256 } from '../../crypto/hash.ts';
import { LABEL } from '../../crypto/labels.ts';
import { NoiseError } from '../../crypto/noise.ts';
import type { CipherState } from '../../crypto/noise.ts';
import { CoveError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { decodeMessage, encodeMessage } from '../messages.ts';
import type { Message } from '../messages.ts';

/** Which of the four files of joining by file. */
export type Step = 1 | 2 | 3 | 4;

const MAGIC = utf8(LABEL.inviteFile);
const VERSION = 1;
const ID = 16;
const STEP_AT = MAGIC.length + 1;
/** The longest head, and the length after it. */
export const JOIN_HEAD = STEP_AT + 1 + ID + 4;
export const NOISE_1 = 48;
export const NOISE_2 = 96;

export interface JoinFile {
  readonly step: Step;
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** Everything before the body; `id` only of steps 2 to 4. */
export function headOf(step: Step, id: Uint8Array = new Uint8Array(0)): Uint8Array {
  return concat(MAGIC, Uint8Array.of(VERSION, step), id);
}

export const idOf = (first: Uint8Array): Uint8Array => sha256(first).slice(0, ID);

export function encodeJoinFile(head: Uint8Array, ...body: readonly Uint8Array[]): Uint8Array {
  return concat(head, u32be(body.reduce((sum, { length }) => sum + length, 0)), ...body);
}

/**
 * How many bytes of a file are the join's own, from its first JOIN_HEAD (or all, of a shorter one). Throws CoveError:
 * join-file-invalid, join-file-newer, join-file-damaged.
 */
export function joinLength(start: Uint8Array): number {
  if (start.length <= STEP_AT || !equal(start.subarray(0, MAGIC.length), MAGIC))
    throw new CoveError('join-file-invalid');
  if (start[MAGIC.length] !== VERSION) throw new CoveError('join-file-newer');
  const head = headLength(start[STEP_AT] as number);
  if (start.length < head + 4) throw new CoveError('join-file-damaged');
  const length = head + 4 + new DataView(start.buffer, start.byteOffset + head, 4).getUint32(0);
  if (length > LIMITS.joinFile) throw new CoveError('join-file-damaged');
  return length;
}

/** A file's own part, and nothing more. Throws CoveError: join-file-invalid, join-file-newer, join-file-damaged. */
export function readJoinFile(file: Uint8Array): JoinFile {
  if (joinLength(file) !== file.length) throw new CoveError('join-file-damaged');
  const step = file[STEP_AT] as Step;
  const length = headLength(step);
  const [head, body] = [file.slice(0, length), file.slice(length + 4)];
  return { step, id: step === 1 ? idOf(file) : head.slice(-ID), head, body };
}

function headLength(step: number): number {
  if (!(step >= 1 && step <= 4)) throw new CoveError('join-file-damaged');
  return STEP_AT + 1 + (step === 1 ? 0 : ID);
}

/** The Noise prologue of both sides. */
export function prologueOf(invId: Uint8Array, flags: number): Uint8Array {
  return concat(headOf(1), invId, Uint8Array.of(flags));
}

export function sealPart(cipher: CipherState, head: Uint8Array, message: Message): Uint8Array {
  const sealed = cipher.encrypt(head, encodeMessage(message));
  return concat(u32be(sealed.length), sealed);
}

/** The parts of a body, one after the other, each under the key that holds then. */
export class PartReader {
  readonly #head: Uint8Array;
  readonly #sealed: Uint8Array[] = [];

  /** `at`: where they begin. Throws CoveError('join-file-damaged') where the body is not parts and nothing else. */
  constructor({ head, body }: JoinFile, at = 0) {
    this.#head = head;
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    while (at < body.length) {
      const start = at + 4;
      const end = start <= body.length ? start + view.getUint32(at) : Infinity;
      if (end > body.length) throw new CoveError('join-file-damaged');
      this.#sealed.push(body.subarray(start, end));
      at = end;
    }
  }

  /** How many are to come. */
  get left(): number {
    return this.#sealed.length;
  }

  /** Throws CoveError('join-file-damaged') for everything that the other side has not said in this place. */
  next(cipher: CipherState): Message {
    const sealed = this.#sealed.shift();
    try {
      const message = sealed && decodeMessage(cipher.decrypt(this.#head, sealed));
      if (message) return message;
    } catch (error) {
      if (!(error instanceof NoiseError)) throw error;
      throw new CoveError('join-file-damaged', {}, error);
    }
    throw new CoveError('join-file-damaged');
  }
}
