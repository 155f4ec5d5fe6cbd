/** Bare words about this device: one who knows it outweighs all who do not. */
import { beforeAll, expect, test } from 'vitest';
import { device, person } from '../../../test/engine/log/fixture.ts';
import { ready } from '../crypto/sodium.ts';
import type { Replica } from '../echo/replica.ts';
import type { Storage } from '../ports.ts';
import { Recognition } from './recognition.ts';

beforeAll(ready);

const [ada, bob, cy] = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32)) as [string, string, string];
const two = (): [Storage, Replica, Replica] => {
  const { storage, replicas } = device(person('dee'), 'desk');
  return [storage, replicas.create(), replicas.create()];
};

test('a device is unknown where all that were met say so, and not where one of them knows it', () => {
  const [storage, garden] = two();
  const recognition = new Recognition(storage);
  const seen: boolean[] = [];
  const look = (): void => void seen.push(recognition.isUnknown(garden));
  look();
  recognition.refuses(garden, ada);
  look();
  recognition.knows(garden, bob);
  look();
  recognition.refuses(garden, cy);
  look();
  recognition.refuses(garden, bob);
  look();
  recognition.knows(garden, ada);
  look();
  expect(seen).toEqual([false, true, false, false, true, false]);
});

test('what is said of one space says nothing of another', () => {
  const [storage, garden, kitchen] = two();
  const recognition = new Recognition(storage);
  recognition.refuses(garden, ada);
  expect([recognition.isUnknown(garden), recognition.isUnknown(kitchen)]).toEqual([true, false]);
});

test('it is kept over a restart until somebody knows the device, or there is proof that it is out', () => {
  const [storage, garden, kitchen] = two();
  const restarted = (): Recognition => new Recognition(storage);
  const first = restarted();
  for (const space of [garden, kitchen]) for (const device of [ada, cy]) first.refuses(space, device);
  first.forget(garden.key); // closing loses nothing
  const second = restarted();
  expect([second.isUnknown(garden), second.isUnknown(kitchen)]).toEqual([true, true]);
  second.knows(garden, ada);
  second.settle(kitchen);
  expect([second.isUnknown(garden), second.isUnknown(kitchen)]).toEqual([false, false]);
  const third = restarted();
  expect([third.isUnknown(garden), third.isUnknown(kitchen)]).toEqual([false, false]);
});

test('it goes with the copy of the space', () => {
  const { storage, replicas } = device(person('dee'), 'desk');
  const garden = replicas.create();
  new Recognition(storage).refuses(garden, ada);
  const kept = (): unknown => storage.prepare("SELECT count(*) AS n FROM meta WHERE k LIKE 'unknown %'").get()?.['n'];
  expect(kept()).toBe(1);
  replicas.forget(garden);
  expect(kept()).toBe(0);
});
