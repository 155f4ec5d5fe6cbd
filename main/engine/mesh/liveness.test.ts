import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { MESH } from './limits.ts';
import { LINK } from './link-kind.ts';
import { Liveness } from './liveness.ts';

function session(limits = LINK.direct) {
  const clock = createVirtualClock();
  const said: string[] = [];
  const random = { bytes: (length: number) => new Uint8Array(length).fill(1) };
  const liveness = new Liveness({
    ...{ clock, random, limits },
    ping: () => said.push('ping'),
    lost: () => said.push('lost'),
  });
  liveness.start();
  return { clock, said, liveness };
}

test('one who falls silent at any moment is asked, and is gone as soon as the silence is over', () => {
  for (const at of [0, 1_000, 7_000, 14_999, 15_001, 29_000]) {
    const { clock, said, liveness } = session();
    clock.advance(at);
    liveness.heard();
    said.length = 0;
    clock.advance(MESH.silence - 1);
    expect(said.includes('lost'), `silent from ${at}`).toBe(false);
    expect(said.length, `silent from ${at}`).toBeGreaterThanOrEqual(2);
    clock.advance(1);
    expect(said.at(-1), `silent from ${at}`).toBe('lost');
  }
});

test('one who answers each time stays, and is asked four times a minute', () => {
  const { clock, said, liveness } = session();
  for (let second = 0; second < 600; second++) {
    clock.advance(1_000);
    if (said.at(-1) === 'ping') {
      said.push('answered');
      liveness.heard();
    }
  }
  expect(said.filter((one) => one === 'ping').length).toBeLessThanOrEqual(40);
  expect(said).not.toContain('lost');
  liveness.stop();
});

test('a clock whose fractions are rounded comes to the end of the silence all the same', () => {
  let now = 0;
  const due: { at: number; fn: () => void }[] = [];
  const clock = {
    now: () => now,
    monotonic: () => now,
    after(ms: number, fn: () => void) {
      due.push({ at: now + ms, fn });
      return () => undefined;
    },
  };
  for (let i = 0; i < 200; i++) {
    let lost = false;
    const random = { bytes: (length: number) => new Uint8Array(length).fill(1) };
    const limits = LINK.direct;
    const liveness = new Liveness({ clock, random, limits, ping: () => undefined, lost: () => (lost = true) });
    now = i * 1_618.033_988_749;
    liveness.start();
    now += i * 61.803_398_874;
    liveness.heard();
    let looks = 0;
    for (; !lost && looks < 10; looks++) {
      const next = due.shift() as { at: number; fn: () => void };
      now = next.at;
      next.fn();
    }
    expect(lost, `${looks} looks`).toBe(true);
    due.length = 0;
  }
});

test('on a slow link who owes an answer for three seconds is overdue, unless anything else comes', () => {
  const { clock, liveness } = session(LINK.relayed);
  clock.advance(1_000);
  liveness.probe();
  clock.advance(MESH.probe - 1);
  expect(liveness.overdue).toBe(false);
  clock.advance(1);
  expect(liveness.overdue).toBe(true);
  liveness.heard();
  expect(liveness.overdue).toBe(false);
  const answered = session(LINK.relayed);
  answered.liveness.probe();
  answered.liveness.answered(0x01010101);
  answered.clock.advance(MESH.probe);
  expect(answered.liveness.overdue).toBe(false);
});
