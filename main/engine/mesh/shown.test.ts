/** Who has shown that he holds the keys of a space's present epoch. */
import { beforeAll, expect, test } from 'vitest';
import { device, person } from '../../../test/engine/log/fixture.ts';
import { ready } from '../crypto/sodium.ts';
import { Shown } from './shown.ts';

beforeAll(ready);

const [ada, bob, cy] = ['aa'.repeat(32), 'bb'.repeat(32), 'cc'.repeat(32)] as const;
const epoch = (n: number): Uint8Array => new Uint8Array(16).fill(n);

test('it holds for one device, space and epoch, and over a restart', () => {
  const { storage, replicas } = device(person('dee'), 'desk');
  const [garden, kitchen] = [replicas.create(), replicas.create()];
  const first = new Shown(storage);
  for (const one of [ada, cy]) first.add(garden, epoch(1), one);
  for (const shown of [first, new Shown(storage)]) {
    expect([ada, bob, cy].map((one) => shown.has(garden, epoch(1), one))).toEqual([true, false, true]);
    expect([shown.has(garden, epoch(2), ada), shown.has(kitchen, epoch(1), ada)]).toEqual([false, false]);
  }
});

test('the next epoch is to be shown by everybody again', () => {
  const { storage, replicas } = device(person('dee'), 'desk');
  const garden = replicas.create();
  const first = new Shown(storage);
  for (const one of [ada, cy]) first.add(garden, epoch(1), one);
  first.add(garden, epoch(2), bob);
  for (const shown of [first, new Shown(storage)]) {
    expect([ada, bob, cy].map((one) => shown.has(garden, epoch(2), one))).toEqual([false, true, false]);
    expect(shown.has(garden, epoch(1), ada)).toBe(false);
  }
});

test('it goes with the copy of the space', () => {
  const { storage, replicas } = device(person('dee'), 'desk');
  const garden = replicas.create();
  new Shown(storage).add(garden, epoch(1), ada);
  const kept = (): unknown => storage.prepare("SELECT count(*) AS n FROM meta WHERE k LIKE 'shown %'").get()?.['n'];
  expect(kept()).toBe(1);
  replicas.forget(garden);
  expect(kept()).toBe(0);
});
