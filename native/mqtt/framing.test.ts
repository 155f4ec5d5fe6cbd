import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { FramingError, MqttFraming, type Oversize } from './framing.ts';

const publish = (size: number): Uint8Array =>
  generate({ cmd: 'publish', topic: 'cove/1/t', payload: Buffer.alloc(size, 7), qos: 0, dup: false, retain: false });
const ping = (): Uint8Array => generate({ cmd: 'pingreq' });

/** Pushes `stream` in pieces that end at the given places. */
function through(stream: Uint8Array, cuts: readonly number[], limit: number, oversize: Oversize): Buffer {
  const framing = new MqttFraming(limit, oversize);
  const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  const out: Uint8Array[] = [];
  let from = 0;
  for (const end of ends) {
    out.push(framing.push(stream.subarray(from, end)));
    from = end;
  }
  return Buffer.concat(out);
}

test('however the stream is cut, small packets pass and large publications are left out', () => {
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.integer({ min: 900, max: 300_000 })), { maxLength: 8 });
  fc.assert(
    fc.property(sizes, fc.array(fc.nat(), { maxLength: 10 }), (list, cuts) => {
      const stream = Buffer.concat(list.flatMap((size) => [publish(size), ping()]));
      const kept = Buffer.concat(list.flatMap((size) => (size > 800 ? [ping()] : [publish(size), ping()])));
      expect(through(stream, cuts, 820, 'skip').equals(kept)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('a large packet is refused at its header, before its body has come', () => {
  const framing = new MqttFraming(8_704, 'refuse');
  framing.push(publish(8_192));
  expect(() => framing.push(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f))).toThrow(FramingError);
});

test('only publications are ever skipped', () => {
  expect(() => new MqttFraming(100, 'skip').push(Uint8Array.of(0x20, 0xff, 0x7f))).toThrow(FramingError);
});

test('a length of five bytes is refused', () => {
  expect(() => new MqttFraming(100, 'skip').push(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toThrow(FramingError);
});

test('packets are counted as they begin', () => {
  const framing = new MqttFraming(100, 'refuse');
  framing.push(Buffer.concat([ping(), ping(), publish(10).subarray(0, 5)]));
  expect([framing.takeCount(), framing.takeCount()]).toEqual([3, 0]);
});
