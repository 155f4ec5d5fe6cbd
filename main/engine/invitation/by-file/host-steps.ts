/**
 * The host's side of a join by file: what it answers to file 1, to file 3, and once a person has said yes or no. What is
 * proven, counted and admitted is HostConversation's and the invitation's record, as over a channel.
 */
import { concat, utf8 } from '../../bytes.ts';
import { NoiseError, NoiseHandshake } from '../../crypto/noise.ts';
import { wipe } from '../../crypto/sodium.ts';
import { CoveError } from '../../errors.ts';
import type { Random } from '../../ports.ts';
import { makeAuthCode } from '../code.ts';
import { HostConversation } from '../host.ts';
import type { Admission, HostEffect, HostLedger } from '../host.ts';
import type { Door } from '../hosting.ts';
import { LIMITS } from '../limits.ts';
import { grantMessages } from '../messages.ts';
import type { EndReason, GrantLetter, Message } from '../messages.ts';
import { PakeAttempt } from '../pake.ts';
import { keep, rekeyed, takeUp } from './ciphers.ts';
import type { Ciphers, KeptCiphers } from './ciphers.ts';
import { encodeJoinFile, headOf, NOISE_1, PartReader, prologueOf, sealPart } from './format.ts';
import type { JoinFile } from './format.ts';
import { expect } from './guest-steps.ts';

const NOTHING = new Uint8Array(0);
/** CPace's scalar, and the random half of the associated data. */
const seedOf = (random: Random): Uint8Array => concat(random.bytes(32), random.bytes(16));

/** File 3 is awaited. */
export interface KeptAnswered {
  readonly h: Uint8Array;
  readonly ciphers: KeptCiphers;
  readonly attempt: number;
  /** What this attempt's part was made from. */
  readonly seed: Uint8Array;
  /** Told to this guest, and to nobody else where others may use the invitation as well. */
  readonly authCode: string;
}
/** The digits were right; a person is asked. */
export interface KeptAsking {
  readonly h: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly deviceId: Uint8Array;
  /** The body of file 4 so far, and the key and number of what comes next in it. */
  readonly body: Uint8Array;
  readonly tx: Uint8Array;
  readonly sent: number;
}

/** Takes file 1; null when it was not made with the code of this invitation. */
export function answer(
  { record, keys, host }: Door,
  file: JoinFile,
  random: Random,
): { kept: KeptAnswered; file: Uint8Array } | null {
  const { row } = record;
  const noise = new NoiseHandshake({
    ...{ pattern: 'NXpsk0', initiator: false, random, s: host, psk: keys.psk },
    prologue: prologueOf(keys.invId, row.flags),
  });
  try {
    if (file.body.length !== NOISE_1 || noise.read(file.body).length > 0) return null;
  } catch (error) {
    if (error instanceof NoiseError) return null;
    throw error;
  }
  const second = noise.write(NOTHING);
  const ciphers = noise.split();
  const authCode = row.maxUses > 1 ? makeAuthCode(random) : (row.secrets?.authCode ?? '');
  const head = headOf(2, file.id);
  const kept = { h: noise.hash.slice(), attempt: 1, seed: seedOf(random), authCode };
  const part = sealPart(ciphers.tx, head, shareOf(kept, record.row));
  return { kept: { ...kept, ciphers: keep(ciphers) }, file: encodeJoinFile(head, second, part) };
}

export type Verdict =
  /** Another attempt may come: file 3 again. */
  | { readonly type: 'wrong'; readonly kept: KeptAnswered; readonly file: Uint8Array }
  /** The last wrong code, or nobody can be let in. */
  | { readonly type: 'refused'; readonly reason: EndReason; readonly file: Uint8Array }
  | { readonly type: 'asking'; readonly kept: KeptAsking }
  | { readonly type: 'granted'; readonly admission: Admission; readonly file: Uint8Array };

/**
 * Takes file 3. A wrong code is counted, durably, before it is compared; the rest is for the caller to store before any
 * of it is shown. Throws CoveError: join-file-damaged, and what storing throws.
 */
export function judge(door: Door, kept: KeptAnswered, file: JoinFile, random: Random): Verdict {
  const { h, attempt, seed, authCode } = kept;
  const { row } = door.record;
  const parts = new PartReader(file);
  if (parts.left !== 3) throw new CoveError('join-file-damaged');
  const ciphers = takeUp(kept.ciphers);
  const proofs = [expect(parts.next(ciphers.rx), 'PakeA'), expect(parts.next(ciphers.rx), 'PakeOkA')];
  const conversation = new HostConversation({
    ...{ invId: row.invId, hostPk: row.hostPk, h, attempt, random: replay(seed) },
    ledger: withCode(door.record, authCode),
  });
  const answers = new Answers(ciphers, file.id);
  try {
    for (const message of proofs) answers.add(conversation.handle({ type: 'message', message }));
    const bad = answers.said.find((message) => message.type === 'PakeBad');
    if (bad) return again(door, kept, answers, bad.left, random);
    const isk = answers.isk;
    if (!isk) throw new CoveError('join-file-damaged');
    const request = expect(parts.next(rekeyed(ciphers.rx, isk)), 'AdmitReq');
    answers.add(conversation.handle({ type: 'message', message: request }));
    const { chain, deviceId } = request;
    const refusal = answers.said.find((message) => message.type === 'AdmitNo');
    if (refusal) return { type: 'refused', reason: refusal.reason, file: answers.file };
    if (answers.said.some((message) => message.type === 'AdmitWait')) {
      return { type: 'asking', kept: { h, chain, deviceId, ...answers.state } };
    }
    if (!answers.said.some((message) => message.type === 'AdmitGrant')) throw new CoveError('join-file-damaged');
    return { type: 'granted', admission: { chain, deviceId }, file: answers.file };
  } finally {
    conversation.end();
    door.record.drop(h);
  }
}

/** After a person's yes or no: file 4 whole. */
export function decide(kept: KeptAsking, id: Uint8Array, answered: GrantLetter | EndReason): Uint8Array {
  const { tx } = takeUp({ tx: kept.tx, sent: kept.sent, rx: kept.tx, received: 0 });
  const messages: readonly Message[] =
    typeof answered === 'string' ? [{ type: 'AdmitNo', reason: answered }] : grantMessages(answered);
  const head = headOf(4, id);
  return encodeJoinFile(head, kept.body, ...messages.map((message) => sealPart(tx, head, message)));
}

function again(door: Door, kept: KeptAnswered, answers: Answers, left: number, random: Random): Verdict {
  if (left === 0 || kept.attempt >= LIMITS.fails) return { type: 'refused', reason: 'locked', file: answers.file };
  const next = { ...kept, attempt: kept.attempt + 1, seed: seedOf(random) };
  answers.say(shareOf(next, door.record.row));
  return { type: 'wrong', kept: { ...next, ciphers: answers.ciphers }, file: answers.file };
}

/** File 4 as it grows. */
class Answers {
  readonly said: Message[] = [];
  readonly #ciphers: Ciphers;
  readonly #head: Uint8Array;
  readonly #parts: Uint8Array[] = [];
  #tx: Ciphers['tx'];
  isk: Uint8Array | undefined;

  constructor(ciphers: Ciphers, id: Uint8Array) {
    this.#ciphers = ciphers;
    this.#tx = ciphers.tx;
    this.#head = headOf(4, id);
  }

  get file(): Uint8Array {
    return encodeJoinFile(this.#head, ...this.#parts);
  }

  get ciphers(): KeptCiphers {
    return keep(this.#ciphers);
  }

  get state(): Pick<KeptAsking, 'body' | 'tx' | 'sent'> {
    return { body: concat(...this.#parts), tx: this.#tx.key.slice(), sent: this.#tx.counter };
  }

  /** What a conversation says; its part of the attempt was in the file before. */
  add(effects: readonly HostEffect[]): void {
    for (const effect of effects) {
      if (effect.do === 'send' && effect.message.type !== 'PakeB') this.say(effect.message);
      if (effect.do !== 'rekey') continue;
      this.isk = effect.isk;
      this.#tx = rekeyed(this.#tx, effect.isk);
    }
  }

  say(message: Message): void {
    this.said.push(message);
    this.#parts.push(sealPart(this.#tx, this.#head, message));
  }
}

function shareOf(
  { h, attempt, seed, authCode }: Pick<KeptAnswered, 'h' | 'attempt' | 'seed' | 'authCode'>,
  { invId, hostPk }: { readonly invId: Uint8Array; readonly hostPk: Uint8Array },
): Message {
  const code = utf8(authCode);
  const pake = new PakeAttempt({ side: 'host', code, invId, hostPk, h, attempt, random: replay(seed) });
  wipe(code);
  pake.end();
  return { type: 'PakeB', ...pake.own };
}

/** The same randomness again, so that the part that is in a file already is the one that is counted on. */
function replay(seed: Uint8Array): Random {
  let at = 0;
  return { bytes: (length) => seed.slice(at, (at += length)) };
}

/** The invitation's record, with the digits that this guest was told. */
function withCode(record: HostLedger, authCode: string): HostLedger {
  return {
    ended: () => record.ended(),
    code: () => utf8(authCode),
    count: () => record.count(),
    match: (h) => record.match(h),
    miss: () => record.miss(),
    terms: () => record.terms(),
    needsApproval: (admission) => record.needsApproval(admission),
    admit: (admission, h) => record.admit(admission, h),
    acknowledge: (deviceId) => record.acknowledge(deviceId),
  };
}
