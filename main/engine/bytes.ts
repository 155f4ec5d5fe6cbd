/**
 * Byte strings: the few operations that every protocol file needs, in one place so that
 * lengths and comparisons are written once. Nothing here is secret-aware except `equal`.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 bytes of a string. */
export const utf8 = (text: string): Uint8Array =>
  (text.length <= SHORT ? shortAscii(text) : undefined) ?? encoder.encode(text);

/** Labels and topics, of which each hash and each seal takes some: the encoder needs eight times as long for one. */
const SHORT = 64;

function shortAscii(text: string): Uint8Array | undefined {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < out.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return undefined;
    out[i] = code;
  }
  return out;
}

/** The string of UTF-8 bytes; throws TypeError on malformed input. */
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Constant-time in the contents (not in the length), so it serves for tags and keys too. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

/** Lexicographic order of bytes, as SQLite orders blobs: negative, 0 or positive. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Lower-case hexadecimal: the form in which ids are map keys and cross the SDK. */
export type Hex = string;

const DIGITS = utf8('0123456789abcdef');
/** Bytes that become one string at once: a call takes only so many arguments. */
const AT_ONCE = 4_096;

/**
 * A string that is put together digit by digit stays a tree of its pieces for as long as it is a map's key: 0.9 kB for an
 * id of 32 bytes, and four times as long to make.
 */
export function toHex(bytes: Uint8Array): Hex {
  let out = '';
  for (let start = 0; start < bytes.length; start += AT_ONCE) {
    const end = Math.min(bytes.length, start + AT_ONCE);
    const codes = new Array<number>(2 * (end - start));
    for (let at = start, to = 0; at < end; at++) {
      const byte = bytes[at] as number;
      codes[to++] = DIGITS[byte >> 4] as number;
      codes[to++] = DIGITS[byte & 15] as number;
    }
    out += String.fromCharCode(...codes);
  }
  return out;
}

/** Throws RangeError unless `hex` is an even number of hexadecimal digits. */
export function fromHex(hex: Hex): Uint8Array {
  if (hex.length % 2 !== 0) throw new RangeError('not hexadecimal');
  const out = new Uint8Array(hex.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = digit(hex.charCodeAt(2 * i)) * 16 + digit(hex.charCodeAt(2 * i + 1));
  return out;
}

function digit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  if (letter >= 97 && letter <= 102) return letter - 87;
  throw new RangeError('not hexadecimal');
}

export function u32be(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

export function u64be(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}

/** Unsigned LEB128, as CPace's `prepend_len` wants it. */
export function leb128(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest = Math.floor(rest / 128);
    out.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return Uint8Array.from(out);
}

/** lp(x) of the protocol: LEB128 length ‖ x. */
export const lp = (bytes: Uint8Array): Uint8Array => concat(leb128(bytes.length), bytes);

/** lv(x, y, …) of the protocol: lp(x) ‖ lp(y) ‖ … */
export const lv = (...parts: readonly Uint8Array[]): Uint8Array => concat(...parts.map(lp));

/** The first two bytes as a share: from 0 to below 1. */
export const fraction = ([a = 0, b = 0]: Uint8Array): number => (a * 256 + b) / 65_536;
