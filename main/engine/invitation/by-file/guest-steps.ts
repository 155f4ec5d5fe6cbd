/**
 * The guest's side of a join by file, step by step: each takes what was kept and a file, and gives what is to be kept and
 * the next file. Nothing is stored here; what a step throws changes nothing. What is kept of a step is used for one file
 * only, so that no key is used twice with the same number.
 */
import { equal } from '../../bytes.ts';
import { invitePkHash } from '../../crypto/keys.ts';
import type { InviteKeys } from '../../crypto/keys.ts';
import { NoiseError, NoiseHandshake } from '../../crypto/noise.ts';
import { CoveError } from '../../errors.ts';
import type { ErrorType } from '../../errors.ts';
import type { KeyPair } from '../../crypto/sign.ts';
import type { Random } from '../../ports.ts';
import { flagsOf } from '../code.ts';
import type { Flagged, InvitationCode } from '../code.ts';
import type { GuestLedger } from '../guest-attempts.ts';
import { GuestConversation, signRequest } from '../guest.ts';
import type { GuestEffect } from '../guest.ts';
import type { GrantLetter, Message, MessageOf } from '../messages.ts';
import { PakeAttempt } from '../pake.ts';
import { keep, rekeyed, takeUp } from './ciphers.ts';
import type { KeptCiphers } from './ciphers.ts';
import { encodeJoinFile, headOf, idOf, NOISE_2, PartReader, prologueOf, sealPart } from './format.ts';
import type { JoinFile } from './format.ts';

const NOTHING = new Uint8Array(0);

/** File 1 is made. */
export interface KeptFirst {
  /** 32 bytes, of the Noise ephemeral. */
  readonly ephemeral: Uint8Array;
}
/** The host's part of the next attempt is here; the digits are awaited. */
export interface KeptMet {
  readonly h: Uint8Array;
  readonly hostPk: Uint8Array;
  readonly ciphers: KeptCiphers;
  readonly attempt: number;
  readonly share: Uint8Array;
  readonly ad: Uint8Array;
  /** What the host said is left, after a wrong code. */
  readonly left: number | null;
}
/** File 3 is made. The digits are not kept. */
export interface KeptAsked {
  readonly h: Uint8Array;
  readonly hostPk: Uint8Array;
  readonly ciphers: KeptCiphers;
  readonly attempt: number;
  readonly isk: Uint8Array;
  /** The host's proof. */
  readonly expected: Uint8Array;
}

/** The code, and what follows from it. */
export interface GuestTerms {
  readonly code: Flagged & Pick<InvitationCode, 'pkHash'>;
  readonly keys: InviteKeys;
}
/** Who asks. */
export interface GuestSelf {
  readonly device: KeyPair;
  readonly chain: () => readonly Uint8Array[];
  readonly ledger: GuestLedger;
  readonly random: Random;
}

export function begin(terms: GuestTerms, random: Random): { kept: KeptFirst; file: Uint8Array } {
  const ephemeral = random.bytes(32);
  return { kept: { ephemeral }, file: firstFile(noiseOf(terms, ephemeral)) };
}

/** Takes file 2. Throws CoveError: join-file-damaged; impostor: its maker has another key than the code says. */
export function meet(terms: GuestTerms, { ephemeral }: KeptFirst, file: JoinFile): KeptMet {
  const noise = noiseOf(terms, ephemeral);
  if (!equal(idOf(firstFile(noise)), file.id)) throw new CoveError('join-file-damaged');
  try {
    if (noise.read(file.body.subarray(0, NOISE_2)).length > 0) throw new CoveError('join-file-damaged');
  } catch (error) {
    if (!(error instanceof NoiseError)) throw error;
    throw new CoveError('join-file-damaged', {}, error);
  }
  const hostPk = (noise.remoteStatic as Uint8Array).slice();
  if (!equal(invitePkHash(hostPk), terms.code.pkHash)) throw new CoveError('impostor');
  const ciphers = noise.split();
  const h = noise.hash.slice();
  const parts = new PartReader(file, NOISE_2);
  const { share, ad } = expect(parts.next(ciphers.rx), 'PakeB');
  if (parts.left > 0) throw new CoveError('join-file-damaged');
  return { h, hostPk, ciphers: keep(ciphers), attempt: 1, share, ad, left: null };
}

/**
 * Makes file 3. To be called in the transaction that stores what it gives: the attempt is taken in it, before the proof
 * can leave. Throws CoveError: attempts-used, impostor.
 */
export function prove(
  { keys: { invId } }: GuestTerms,
  kept: KeptMet,
  digits: Uint8Array,
  { device, chain, ledger, random }: GuestSelf,
  id: Uint8Array,
): { kept: KeptAsked; file: Uint8Array } {
  const { h, hostPk, attempt, share, ad } = kept;
  const pake = new PakeAttempt({ side: 'guest', code: digits, invId, hostPk, h, attempt, random });
  try {
    if (!pake.meet({ share, ad })) throw new CoveError('impostor');
    if (!ledger.spend()) throw new CoveError('attempts-used');
    const ciphers = takeUp(kept.ciphers);
    const head = headOf(3, id);
    const isk = pake.isk.slice();
    const sig = signRequest({ device, h, invId }, isk);
    const file = encodeJoinFile(
      head,
      sealPart(ciphers.tx, head, { type: 'PakeA', attempt, ...pake.own }),
      sealPart(ciphers.tx, head, { type: 'PakeOkA', tag: pake.tag.slice() }),
      // Whoever has not the same digits reads nothing of who it is, and had one guess at them.
      sealPart(rekeyed(ciphers.tx, isk), head, { type: 'AdmitReq', chain: [...chain()], deviceId: device.pk, sig }),
    );
    return { kept: { h, hostPk, ciphers: keep(ciphers), attempt, isk, expected: pake.expected.slice() }, file };
  } finally {
    pake.end();
  }
}

export type Conclusion =
  | { readonly type: 'wrong'; readonly kept: KeptMet }
  | { readonly type: 'failed'; readonly error: ErrorType }
  | { readonly type: 'granted'; readonly letter: GrantLetter };

/** Takes file 4. Throws CoveError('join-file-damaged'). */
export function conclude(
  { keys: { invId } }: GuestTerms,
  kept: KeptAsked,
  file: JoinFile,
  self: GuestSelf,
): Conclusion {
  const { h, hostPk, attempt, isk, expected } = kept;
  const { device, ledger, random } = self;
  const ciphers = takeUp(kept.ciphers);
  const parts = new PartReader(file);
  const sent = { proves: (tag: Uint8Array) => equal(tag, expected), isk, end: () => undefined };
  const asks = { chain: self.chain };
  const conversation = new GuestConversation({ invId, hostPk, h, random, ledger, device, asks, sent });
  let { rx } = ciphers;
  for (;;) {
    const effects = conversation.handle({ type: 'message', message: parts.next(rx) });
    if (effects.some((effect) => effect.do === 'rekey')) rx = rekeyed(rx, isk);
    const failed = find(effects, 'fail');
    if (failed) return { type: 'failed', error: failed.error };
    const granted = find(effects, 'store');
    if (granted && parts.left === 0) return { type: 'granted', letter: granted.letter };
    const wrong = find(effects, 'wrong');
    if (wrong) {
      const { share, ad } = expect(parts.next(rx), 'PakeB');
      const next = { h, hostPk, ciphers: keep({ tx: ciphers.tx, rx }), attempt: attempt + 1, share, ad };
      if (parts.left === 0) return { type: 'wrong', kept: { ...next, left: wrong.left } };
    }
    if (granted || wrong || conversation.phase === 'over') throw new CoveError('join-file-damaged');
  }
}

function noiseOf({ code, keys }: GuestTerms, ephemeralSeed: Uint8Array): NoiseHandshake {
  const prologue = prologueOf(keys.invId, flagsOf(code));
  return new NoiseHandshake({ pattern: 'NXpsk0', initiator: true, prologue, psk: keys.psk, ephemeralSeed });
}

const firstFile = (noise: NoiseHandshake): Uint8Array => encodeJoinFile(headOf(1), noise.write(NOTHING));

export function expect<T extends Message['type']>(message: Message, type: T): MessageOf<T> {
  if (message.type !== type) throw new CoveError('join-file-damaged');
  return message as MessageOf<T>;
}

function find<D extends GuestEffect['do']>(effects: readonly GuestEffect[], kind: D) {
  return effects.find((effect): effect is Extract<GuestEffect, { do: D }> => effect.do === kind);
}
