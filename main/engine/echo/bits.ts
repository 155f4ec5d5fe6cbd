/** Sets of small numbers as bits, 32 to a word: the causal past of a control entry. What is beyond the end is not in it. */

export type Bits = Uint32Array;

export const has = (bits: Bits, index: number): boolean => (((bits[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;

export function set(bits: Bits, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] as number) | (1 << (index & 31));
}

export function count(bits: Bits): number {
  let count = 0;
  for (let word of bits) for (; word !== 0; word &= word - 1) count++;
  return count;
}

export function allBefore(index: number): Bits {
  const bits = new Uint32Array((index >>> 5) + 1);
  for (let i = 0; i < index; i++) set(bits, i);
  return bits;
}
