/**
 * Blobs and the ends that nobody chooses: two real processes that add and fetch are killed again and again, and a disk
 * is full in the middle of either. What was told as there is there and right, what was not leaves nothing, and what was
 * interrupted goes on.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Prng } from '../engine/net/prng.ts';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';
import { hasSmallDisks, onSmallDisk } from '../ports/small-disks.ts';
import { PATIENCE_MS, Telling, type Told } from './kills/telling.ts';
import { record, sized } from './scale.ts';

const KILLS = sized({ share: 4, proof: 80, nightly: 1_000 });
const program = new URL('blobs/worker.ts', import.meta.url);

let base: string;
let mosquitto: Mosquitto;
let running: Telling[] = [];
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'cove-blob-proof-'));
  mosquitto = await startMosquitto();
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.kill()));
  running = [];
  await mosquitto.close();
  rmSync(base, { recursive: true, force: true });
});

interface Person {
  readonly folder: string;
  /** Numbers that it told as added, or as whole. */
  readonly told: Set<number>;
  readonly inside: readonly string[];
  next: number;
}

function person(name: string, megabytes?: number): Person {
  const folder = join(base, name);
  mkdirSync(folder);
  return { folder, told: new Set(), inside: megabytes === undefined ? [] : onSmallDisk(folder, megabytes), next: 0 };
}

async function start({ folder, told, inside }: Person): Promise<{ readonly worker: Telling; readonly ready: Told }> {
  const worker = new Telling(program, [folder], {
    environment: { COVE_MEETING_POINTS: mosquitto.url, COVE_BIND: '127.0.0.1' },
    inside,
    onTold({ added, whole }) {
      for (const n of [added, whole]) if (typeof n === 'number') told.add(n);
    },
  });
  running.push(worker);
  return { worker, ready: await worker.next('ready') };
}

async function answer(worker: Telling, asked: Told, ...keys: readonly [string, ...string[]]): Promise<Told> {
  const told = worker.next(...keys);
  worker.ask(asked);
  return told;
}

const look = (worker: Telling) => answer(worker, { do: 'look' }, 'files');
/** Of what was told, what is not there as it was told. */
const harmed = (told: ReadonlySet<number>, { files }: Told): string[] =>
  [...told].flatMap((n) => {
    const found = (files as Readonly<Record<string, string>>)[n];
    return found === 'right' ? [] : [`${n}: ${found}`];
  });

async function meet(host: Telling, guest: Telling): Promise<void> {
  const { code, digits } = await answer(host, { do: 'create' }, 'code');
  await answer(guest, { do: 'join', code, digits }, 'joined');
}

async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await look());) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
  }
}

test(
  'killed while blobs are added and fetched: what was told is there, nothing stays besides, and in the end both have all',
  { timeout: Math.max(600, KILLS * 20) * 1_000 },
  async () => {
    const random = new Prng('blob kills');
    const people = [person('a'), person('b')] as const;
    people[1].next = 1_000_000;
    const workers = [(await start(people[0])).worker, (await start(people[1])).worker];
    await meet(workers[0] as Telling, workers[1] as Telling);
    const work = (i: number): void => {
      const { next: from } = people[i] as Person;
      for (const one of ['work', 'fetch']) workers[i]?.ask({ do: one, from });
      (people[i] as Person).next += 1_000;
    };
    work(0);
    work(1);
    await until('both have added one', () => people.every(({ told }) => told.size > 0));
    for (let kill = 0; kill < KILLS; kill++) {
      const i = kill % 2;
      const one = people[i] as Person;
      await new Promise((resolve) => setTimeout(resolve, random.between(100, 2_000)));
      await workers[i]?.kill();
      const { worker, ready } = await start(one);
      workers[i] = worker;
      expect({ kill, onDisk: ready['onDisk'] }).toEqual({ kill, onDisk: ready['counted'] });
      expect({ kill, harmed: harmed(one.told, await look(worker)) }).toEqual({ kill, harmed: [] });
      work(i);
    }
    // Nobody adds any more: each is killed once more, and fetches what it lacks.
    for (const [i, one] of people.entries()) {
      await workers[i]?.kill();
      workers[i] = (await start(one)).worker;
      workers[i]?.ask({ do: 'fetch' });
    }
    const all = new Set(people.flatMap(({ told }) => [...told]));
    expect(all.size).toBeGreaterThan(KILLS / 2);
    for (const worker of workers)
      await until('both have all', async () => harmed(all, await look(worker)).length === 0);

    const [first] = people;
    await workers[0]?.kill();
    const [lost = ''] = readdirSync(join(first.folder, 'blobs'));
    rmSync(join(first.folder, 'blobs', lost));
    await workers[1]?.kill(); // or it would be fetched again at once
    const { worker } = await start(first);
    const found = harmed(all, await look(worker)).length;
    record({
      id: 'R1',
      promise: 'A file that was called added or fetched is there after any kill, and half of one leaves nothing behind',
      figure: `${KILLS} kills of two devices that add and fetch, ${all.size} files told as there, 0 lost, 0 bytes left over`,
      control: { planted: `a block that is taken away behind its back: ${found} found`, caught: found > 0 },
    });
  },
);

test('a disk that is full in the middle of adding: it is said, nothing of it stays, and what fits is added after it', async () => {
  expect(hasSmallDisks(), 'this test needs file systems of its own (unshare --mount)').toBe(true);
  const one = person('a', 24);
  const { worker } = await start(one);
  await answer(worker, { do: 'create' }, 'code');
  await answer(worker, { do: 'add', from: 1, megabytes: 4 }, 'added');
  const before = await look(worker);
  expect(await answer(worker, { do: 'add', from: 2, megabytes: 30 }, 'refused', 'added')).toEqual({
    refused: 'disk-full',
  });
  expect(await look(worker)).toEqual(before);
  await answer(worker, { do: 'add', from: 3, megabytes: 4 }, 'added');
  const { files, onDisk, counted } = await look(worker);
  expect([files, onDisk]).toEqual([{ 1: 'right', 3: 'right' }, counted]);
}, 180_000);

test('a disk that is full in the middle of fetching: it says what it waits for, and goes on by itself', async () => {
  expect(hasSmallDisks(), 'this test needs file systems of its own (unshare --mount)').toBe(true);
  const [{ worker: ana }, { worker: ben }] = [await start(person('a')), await start(person('b', 32))];
  await meet(ana, ben);
  await answer(ben, { do: 'fill', megabytes: 6 }, 'filled');
  await answer(ana, { do: 'add', from: 1, megabytes: 12 }, 'added');
  ben.ask({ do: 'fetch' });
  const at = async () => ((await look(ben))['files'] as Readonly<Record<string, string>>)[1];
  await until('it waits for room', async () => (await at()) === 'waiting full begun');
  await answer(ben, { do: 'free' }, 'freed');
  await until('all of it is there', async () => (await at()) === 'right');
  const { onDisk, counted } = await look(ben);
  expect(onDisk).toBe(counted);
}, 300_000);
