import { describe, expect, test } from 'vitest';
import type { Clock, Random } from '../../main/engine/ports.ts';
import { createSystemClock } from '../../native/clock.ts';
import { createSystemRandom } from '../../native/random.ts';
import { SimNet } from '../engine/net/sim-net.ts';
import { clockChecks, randomChecks, type ClockWorld } from './clock.suite.ts';

const real = (wrap = (clock: Clock): Clock => clock): ClockWorld => ({
  clock: wrap(createSystemClock()),
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

function simulated(): ClockWorld {
  const net = new SimNet({ seed: 1 });
  return { clock: net.clock('ann'), pass: (ms) => net.run(ms) };
}

for (const [name, build] of Object.entries({ 'the system clock': real, 'the simulated clock': simulated })) {
  describe(name, () => {
    for (const [sentence, check] of Object.entries(clockChecks)) test(sentence, () => check(build()));
  });
}

/** Identifiers end to end, as bytes of any length. */
function inARow(random: ReturnType<typeof createSystemRandom>): Random {
  return {
    bytes(length) {
      const many = Array.from({ length: Math.ceil(length / 16) }, () => random.identifier());
      return Uint8Array.from(many.flatMap((one) => [...one]).slice(0, length));
    },
  };
}

for (const [name, random] of Object.entries({
  'the system’s randomness': createSystemRandom(),
  'the system’s identifiers': inARow(createSystemRandom()),
  'the simulated randomness': new SimNet({ seed: 1 }).random('ann'),
})) {
  describe(name, () => {
    for (const [sentence, check] of Object.entries(randomChecks)) test(sentence, () => check(random));
  });
}

test('a clock whose long timers overflow does not pass', async () => {
  const naive = real((clock) => ({
    ...clock,
    after: (ms, fn) => {
      const timer = setTimeout(fn, ms | 0);
      return () => clearTimeout(timer);
    },
  }));
  await expect(clockChecks['a timer for thirty days does not fire at once']?.(naive)).rejects.toThrow();
});

test('a clock that ignores cancelling does not pass', async () => {
  const stubborn = real((clock) => ({
    ...clock,
    after: (ms, fn) => {
      clock.after(ms, fn);
      return () => undefined;
    },
  }));
  const check = clockChecks['a cancelled timer does not fire, and cancelling late or twice is harmless'];
  await expect(check?.(stubborn)).rejects.toThrow();
});

test('randomness of seven bits a byte, or that repeats, does not pass', () => {
  const good = createSystemRandom();
  const narrow: Random = { bytes: (length) => good.bytes(length).map((byte) => byte & 0x7f) };
  const constant: Random = { bytes: (length) => new Uint8Array(length) };
  expect(() => randomChecks['every byte value is about equally frequent']?.(narrow)).toThrow();
  expect(() => randomChecks['does not repeat itself']?.(constant)).toThrow();
});
