/** Who has shown that he holds the keys of a space's present epoch. */
import { beforeAll, expect, test } from 'vitest';
import { device, person } from '../../../test/engine/log/fixture.ts';
import { ready } from '../crypto/sodium.ts';
import { Shown } from './shown.ts';

beforeAll(ready);

const [ada, bob, cy] = ['aa'.repeat(32), 'bb'.repeat(32), 'cc'.repeat(32)] as const;
const epoch = (n: number): Uint8Array => new Uint8Array(16).fill(n);

test('it holds for one space and epoch, and over a restart', () => {
  const { storage, replicas } = device(person('dee'), 'desk');
  const [garden, kitchen] = [replicas.create(), replicas.create()];
  const first = new Shown(storage);
  for (const one of [ada, cy, ada]) first.add(garden, epoch(1), one);
  for (const shown of [first, new Shown(storage)]) {
    expect([...shown.devices(garden, epoch(1))]).toEqual([ada, cy]);
    expect([shown.devices(garden, epoch(2)).size, shown.devices(kitchen, epoch(1)).size]).toEqual([0, 0]);
  }
});

test('the keys of the next epoch are to be shown by everybody again', () => {
  const { storage, replicas } = device(person('dee'), 'desk');
  const garden = replicas.create();
  const first = new Shown(storage);
  for (const one of [ada, cy]) first.add(garden, epoch(1), one);
  first.add(garden, epoch(2), bob);
  for (const shown of [first, new Shown(storage)]) {
    expect([...shown.devices(garden, epoch(2))]).toEqual([bob]);
    expect(shown.devices(garden, epoch(1)).size).toBe(0);
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
