/** Inputs near valid ones: a few changes each, of the kinds that break decoders. The same seed, the same inputs. */
import type { Prng } from '../../engine/net/prng.ts';

const TELLING = [
  0x00, 0x01, 0x17, 0x18, 0x19, 0x1b, 0x1f, 0x20, 0x3f, 0x5f, 0x7f, 0x80, 0x9b, 0x9f, 0xbb, 0xbf, 0xc0, 0xf9, 0xfb,
  0xff,
];
/** Long lengths and numbers as CBOR, LEB128 and JSON write them, and names that reach an object's prototype. */
const PIECES = [
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x9b, 0x00, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
  [0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  ...[
    '"__proto__"',
    '{"constructor":{}}',
    '1e999',
    '-0',
    'null',
    '[[[[[[[[[[[[[[[[[[',
    '\ud800',
    '9007199254740993',
  ].map((text) => [...new TextEncoder().encode(text)]),
].map((piece) => Uint8Array.from(piece));
const LONGEST = 1 << 16;

export function mutated(valid: readonly Uint8Array[], random: Prng): Uint8Array {
  const pick = <T>(list: readonly T[]): T => list[random.u32() % list.length] as T;
  // A Buffer's own slice() shares its memory: the changes would be made in the seed itself.
  let bytes: Uint8Array<ArrayBuffer> = Uint8Array.from(pick(valid));
  const changes = 1 + (random.u32() % 4);
  for (let i = 0; i < changes && bytes.length < LONGEST; i++) {
    const at = random.u32() % (bytes.length + 1);
    const end = Math.min(bytes.length, at + 1 + (random.u32() % 32));
    switch (random.u32() % 9) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << (random.u32() % 8));
        break;
      case 1:
        if (at < bytes.length) bytes[at] = pick(TELLING);
        break;
      case 2:
        bytes = joined(bytes.subarray(0, at), random.bytes(1 + (random.u32() % 8)), bytes.subarray(at));
        break;
      case 3:
        bytes = joined(bytes.subarray(0, at), bytes.subarray(end));
        break;
      case 4:
        bytes = joined(bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end));
        break;
      case 5:
        bytes = bytes.slice(0, at);
        break;
      case 6: {
        const other = pick(valid);
        bytes = joined(bytes.subarray(0, at), other.subarray(random.u32() % (other.length + 1)));
        break;
      }
      case 7:
        bytes = joined(bytes.subarray(0, at), pick(PIECES), bytes.subarray(end));
        break;
      default: {
        const part = bytes.subarray(at, end);
        bytes = joined(bytes, ...Array.from({ length: 1 + (random.u32() % 64) }, () => part));
      }
    }
  }
  return bytes.subarray(0, LONGEST);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
