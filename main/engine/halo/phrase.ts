/**
 * The recovery phrase: twelve BIP39 words (English) for 128 bits of entropy. Also the six words two people or two
 * devices compare. Words are strings, so callers keep them only as long as they are on the screen.
 */
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { compare, utf8 } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { LABEL } from '../crypto/labels.ts';
import { CoveError } from '../errors.ts';
import type { Random } from '../ports.ts';

const PHRASE_WORDS = 12;
const ENTROPY_BYTES = 16;
/** How many words a person gives back to show that the phrase was written down. */
const CONFIRM_WORDS = 3;

/** The twelve words of 16 bytes. */
export function phraseOf(entropy: Uint8Array): string[] {
  if (entropy.length !== ENTROPY_BYTES) throw new RangeError('the phrase holds 16 bytes');
  return entropyToMnemonic(entropy, wordlist).split(' ');
}

/** The 16 bytes behind twelve words, typed in any case and spacing. Throws CoveError('phrase-invalid'). */
export function entropyOf(phrase: string): Uint8Array {
  const words = phrase.trim().split(/\s+/).map(normalised);
  if (words.length !== PHRASE_WORDS) throw new CoveError('phrase-invalid');
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch (error) {
    throw new CoveError('phrase-invalid', {}, error);
  }
}

/** One word given back: `position` counts from 0. */
export interface PhraseAnswer {
  readonly position: number;
  readonly word: string;
}

/** Three different positions to ask for, in ascending order, uniformly chosen. */
export function phraseChallenge(random: Random): number[] {
  const positions = new Set<number>();
  while (positions.size < CONFIRM_WORDS) {
    const draw = random.bytes(1)[0] as number;
    if (draw < 252) positions.add(draw % PHRASE_WORDS); // 252 = 21 × 12: larger draws would favour some words
  }
  return [...positions].sort((a, b) => a - b);
}

/** True when at least three different words were given back and all of them are right. */
export function answersMatch(entropy: Uint8Array, answers: readonly PhraseAnswer[]): boolean {
  const words = phraseOf(entropy);
  const positions = new Set(answers.map(({ position }) => position));
  return (
    positions.size >= CONFIRM_WORDS &&
    answers.every(({ position, word }) => words[position] !== undefined && words[position] === normalised(word))
  );
}

/** Six words that two members compare to be sure of one another: the same on both sides. */
export function safetyWords(one: Uint8Array, other: Uint8Array): string[] {
  const [first, second] = compare(one, other) <= 0 ? [one, other] : [other, one];
  return sixWords(sha256(utf8(LABEL.safetyWords), first, second));
}

/** Six words shown on both devices while one is linked to the other. */
export function linkWords(h: Uint8Array, hostDeviceId: Uint8Array, newDeviceId: Uint8Array): string[] {
  return sixWords(sha256(utf8(LABEL.linkWords), h, hostDeviceId, newDeviceId));
}

/** The first 66 bits, 11 for each word. */
function sixWords(hash: Uint8Array): string[] {
  let bits = 0n;
  for (const byte of hash.subarray(0, 9)) bits = (bits << 8n) | BigInt(byte);
  bits >>= 6n;
  return Array.from({ length: 6 }, (_, i) => wordlist[Number((bits >> BigInt(11 * (5 - i))) & 0x7ffn)] as string);
}

function normalised(word: string): string {
  return word.trim().normalize('NFKD').toLowerCase();
}
