/**
 * Strict CBOR with a bounded depth, for everything that peers and meeting points send: duplicate keys, non-minimal
 * integers, trailing bytes, lengths that lie and nesting beyond 16 are refused before anything is built.
 */
import { decode, encode } from 'cborg';

const DEPTH = 16;

export const encodeCbor = (value: unknown): Uint8Array => encode(value);

/** The value; throws on anything that is not exactly one canonical item of at most 16 levels. */
export function decodeCbor(bytes: Uint8Array): unknown {
  checkDepth(bytes);
  return decode(bytes, {
    strict: true,
    allowIndefinite: false,
    allowUndefined: false,
    allowBigInt: false,
    rejectDuplicateMapKeys: true,
  });
}

/**
 * Walks the heads (RFC 8949 §3) without building anything. cborg itself recurses once per level, so a
 * megabyte of `[[[[…` would otherwise be decided by the size of the stack.
 */
function checkDepth(bytes: Uint8Array): void {
  const open: number[] = []; // items still to come, per level
  let at = 0;
  while (at < bytes.length) {
    const head = bytes[at++] as number;
    const major = head >> 5;
    const info = head & 31;
    let value = info;
    if (info >= 24) {
      if (info > 27) throw new RangeError('not a definite CBOR item');
      const width = 1 << (info - 24);
      if (at + width > bytes.length) throw new RangeError('CBOR ends early');
      value = 0;
      for (let i = 0; i < width; i++) value = value * 256 + (bytes[at++] as number);
    }
    if (major === 2 || major === 3) at += value;
    const children = major === 4 ? value : major === 5 ? value * 2 : major === 6 ? 1 : 0;
    if (children > bytes.length) throw new RangeError('CBOR length beyond its bytes');
    if (children > 0) {
      open.push(children);
      if (open.length > DEPTH) throw new RangeError('CBOR nested too deeply');
      continue;
    }
    while (open.length > 0 && (open[open.length - 1] = (open[open.length - 1] as number) - 1) === 0) open.pop();
    if (open.length === 0) break; // trailing bytes are cborg's to refuse
  }
}
