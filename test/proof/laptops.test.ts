/**
 * A hundred laptops that come and go for a week (test/sim/laptops): all agree in the end, the broker has little to do,
 * nobody has too many links and whoever is there is connected, by way of others perhaps. Each fault that is planted has
 * to break its question in the same run.
 */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { herd } from '../sim/laptops/herd.ts';
import { FLEET } from '../sim/laptops/limits.ts';
import { PLANTED } from '../sim/laptops/planted.ts';
import type { Planted } from '../sim/laptops/planted.ts';
import { playWeek } from '../sim/laptops/week.ts';
import { record, sized } from './scale.ts';

const SIZE = sized({
  share: { laptops: 8, hours: 5, pair: 8 },
  proof: { laptops: 32, hours: 24 },
  nightly: { laptops: 100, hours: 7 * 24 },
});
const DEVICES = 100;
const LONG = { timeout: sized({ share: 600_000, proof: 0, nightly: 0 }) };

beforeAll(ready);

test(
  'laptops come and go: all agree, and the broker, the links and the connections stay within what is stated',
  LONG,
  async () => {
    const plan = { seed: 1, ...SIZE };
    const { broken, figures, traceHash } = await playWeek(plan);
    expect(broken).toEqual([]);
    // It was no idle time.
    expect(figures.sessions).toBeGreaterThan(SIZE.laptops);
    expect(figures.looks).toBeGreaterThan(0);
    const { mostPerHour, meanPerHour, mostAtStart, mostLinks, islands, looks, agreedAfter } = figures;
    const those = `${SIZE.laptops} laptops, ${SIZE.hours} hours`;
    const say = (id: string, promise: string, figure: string, planted: Planted, caught: boolean): void =>
      record({ id, promise, figure: `${those}: ${figure}`, control: { planted, caught } });
    const rows: readonly (readonly [id: string, promise: string, figure: string, planted: Planted])[] = [
      [
        'R3',
        'Whoever comes and goes for days, all agree once all are there',
        `after ${agreedAfter / 1_000} virtual s`,
        'one who is deaf',
      ],
      [
        'reach',
        'Whoever is there is connected with all others who are, directly or by way of others',
        `${looks} looks, ${islands} apart`,
        'nobody looks for others',
      ],
      [
        'reach',
        `No space has more than ${FLEET.linksPerSpace} links of its own on a device`,
        `at most ${mostLinks}`,
        'no cap',
      ],
      [
        'reach',
        `A device sends the broker at most ${FLEET.perHour} packets an hour`,
        `at most ${mostPerHour}, ${meanPerHour} on average`,
        'no back-off',
      ],
      [
        'reach',
        `A device that was opened sends the broker at most ${FLEET.atStart} packets within ten seconds`,
        `at most ${mostAtStart}`,
        'no pace',
      ],
      [
        'reach',
        'Two people have one connection, however many spaces they share',
        `${figures.mostBetweenTwo} for ${(SIZE as { pair?: number }).pair ?? 50} spaces`,
        'a second connection',
      ],
    ];
    for (const [id, promise, figure, planted] of rows) say(id, promise, figure, planted, await isCaught(planted));
    const small = PLANTED['one who is deaf'].plan;
    const hashes = [await playWeek(small), await playWeek(small), await playWeek({ ...small, seed: 2 })];
    expect(hashes[0]?.traceHash).toBe(hashes[1]?.traceHash);
    record({
      id: 'R8',
      promise: 'A week of laptops replays byte for byte',
      figure: `seed ${plan.seed}: ${traceHash.slice(0, 16)}; a small fleet twice: equal traces`,
      control: { planted: 'another seed has another trace', caught: hashes[0]?.traceHash !== hashes[2]?.traceHash },
    });
  },
);

test('after an outage of the broker a hundred devices come back one after the other', async () => {
  const peaks: number[] = [];
  for (const away of [500, 2_000, 60_000, 900_000]) {
    const { peak, back } = await herd({ seed: 1, devices: DEVICES, away, jitter: true });
    // Pauses are as long as it was away, and five minutes at most.
    expect(back).toBeLessThan(Math.min(310_000, Math.max(15_000, 1.5 * away)));
    peaks.push(peak);
  }
  expect(Math.max(...peaks)).toBeLessThanOrEqual(FLEET.connectsPerSecond);
  const without = await herd({ seed: 1, devices: DEVICES, away: 2_000, jitter: false });
  record({
    id: 'reach',
    promise: 'A broker that comes back is not met by all its devices at once',
    figure: `${DEVICES} devices, away for 0.5, 2, 60 and 900 s: at most ${peaks.join(', ')} of them within one second`,
    control: { planted: 'pauses without chance', caught: without.peak > FLEET.connectsPerSecond },
  });
});

/** The fault broke the very question that is there for it, and without the fault the same fleet holds. */
async function isCaught(planted: Planted): Promise<boolean> {
  const { breaks, plan } = PLANTED[planted];
  expect((await playWeek(plan)).broken, planted).toEqual([]);
  return (await playWeek(plan, { planted })).broken.some((line) => line.startsWith(breaks));
}
