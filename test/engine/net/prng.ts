/**
 * The simulator's only source of chance: xoshiro128** (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c),
 * seeded through splitmix32, so that one number replays a whole run.
 */

import type { Random } from '../../../main/engine/ports.ts';

export class Prng implements Random {
  #s: Uint32Array;

  /** A seed, or the generator's whole state (four words, not all zero). */
  constructor(seed: number | string | readonly [number, number, number, number]) {
    if (typeof seed === 'object') {
      this.#s = Uint32Array.from(seed);
      return;
    }
    let x = typeof seed === 'number' ? seed >>> 0 : hash(seed);
    const splitmix = (): number => {
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) >>> 0;
    };
    this.#s = Uint32Array.from([splitmix(), splitmix(), splitmix(), splitmix()]);
  }

  /** Uniform in [0, 2³²). */
  u32(): number {
    const s = this.#s as unknown as [number, number, number, number];
    const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11);
    return result;
  }

  /** Uniform in [0, 1). */
  fraction(): number {
    return this.u32() / 2 ** 32;
  }

  /** True with this probability. Always draws, so that a changed probability does not shift what follows. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** Uniform in [low, high]. */
  between(low: number, high: number): number {
    return low + this.fraction() * (high - low);
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i += 4) {
      const word = this.u32();
      for (let j = 0; j < 4 && i + j < length; j++) out[i + j] = (word >>> (8 * j)) & 0xff;
    }
    return out;
  }
}

const rotl = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0;

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
