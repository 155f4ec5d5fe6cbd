/**
 * What every Clock and Random must do: the system's and the simulator's pass (clock.test.ts), broken ones do not.
 */

import assert from 'node:assert/strict';
import type { Clock, Random } from '../../main/engine/ports.ts';

export interface ClockWorld {
  readonly clock: Clock;
  /** Lets this many milliseconds of the clock pass. */
  pass(ms: number): Promise<void>;
}

export const clockChecks: Readonly<Record<string, (world: ClockWorld) => Promise<void>>> = {
  'the wall clock is a whole number of milliseconds in this century': async ({ clock }) => {
    const now = clock.now();
    assert.ok(Number.isInteger(now) && now > Date.UTC(2025, 0) && now < Date.UTC(2100, 0), `${now}`);
  },

  'monotonic time advances with what passes and never goes back': async ({ clock, pass }) => {
    const seen = [clock.monotonic()];
    for (let i = 0; i < 5; i++) {
      await pass(10);
      seen.push(clock.monotonic());
    }
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    const elapsed = (seen.at(-1) as number) - (seen[0] as number);
    assert.ok(elapsed >= 45 && elapsed < 2_000, `${elapsed}`);
  },

  'timers fire once, in order of time, not before it and never within the call': async ({ clock, pass }) => {
    const fired: string[] = [];
    const start = clock.monotonic();
    let early = 0;
    const at = (ms: number, name: string) => (): void => {
      fired.push(name);
      early = Math.max(early, ms - (clock.monotonic() - start));
    };
    clock.after(60, at(60, 'third'));
    clock.after(0, at(0, 'first'));
    clock.after(30, at(30, 'second'));
    assert.deepEqual(fired, []);
    await pass(200);
    assert.deepEqual(fired, ['first', 'second', 'third']);
    assert.ok(early <= 0, `${early} ms early`);
  },

  'a cancelled timer does not fire, and cancelling late or twice is harmless': async ({ clock, pass }) => {
    const fired: string[] = [];
    const cancel = clock.after(20, () => fired.push('cancelled'));
    const late = clock.after(10, () => fired.push('fired'));
    cancel();
    cancel();
    await pass(100);
    late();
    assert.deepEqual(fired, ['fired']);
  },

  'a timer for thirty days does not fire at once': async ({ clock, pass }) => {
    let fired = false;
    const cancel = clock.after(30 * 86_400_000, () => (fired = true));
    await pass(50);
    cancel();
    assert.equal(fired, false);
  },
};

export const randomChecks: Readonly<Record<string, (random: Random) => void>> = {
  'gives as many bytes as asked for, in an array of its own': (random) => {
    for (const length of [0, 1, 3, 32, 70_000]) {
      const bytes = random.bytes(length);
      assert.equal(bytes.length, length);
      assert.equal(bytes.buffer.byteLength, length);
      assert.equal(bytes.constructor, Uint8Array);
    }
  },

  'does not repeat itself': (random) => {
    const seen = new Set(Array.from({ length: 1_000 }, () => random.bytes(16).join()));
    assert.equal(seen.size, 1_000);
  },

  'every byte value is about equally frequent': (random) => {
    const counts = new Uint32Array(256);
    for (const byte of random.bytes(256 * 1_000)) counts[byte] = (counts[byte] as number) + 1;
    // Chi-squared with 255 degrees of freedom: 400 is beyond one in ten million.
    const chi = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    assert.ok(chi < 400, `${chi}`);
  },
};
