/** Payloads in packs on real files: a process that is killed while it makes them, and a database that is damaged afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toHex } from '../../main/engine/bytes.ts';
import type { Compacted } from '../../main/engine/echo/compaction.ts';
import type { Replica } from '../../main/engine/echo/replica.ts';
import { databaseStorage, shrink, spaceStorage } from '../../main/engine/echo/storage-use.ts';
import { CoveError } from '../../main/engine/errors.ts';
import type { Keychain } from '../../main/engine/ports.ts';
import { createSalvage, createVault } from '../../native/sqlite/index.ts';
import { recoverProfile } from '../../main/engine/halo/recovery.ts';
import { Prng } from '../engine/net/prng.ts';
import { createVirtualClock } from '../objects/virtual-clock.ts';
import { abandon, openDevice } from './device.ts';
import type { Device } from './device.ts';
import { fileKeychain } from './kills/file-keychain.ts';
import { Telling } from './kills/telling.ts';
import { record, sized } from './scale.ts';

const KILLS = sized({ share: 6, proof: 20, nightly: 100 });
const NOTES = sized({ share: 120, proof: 600, nightly: 900 });
const ALL = { before: Number.MAX_SAFE_INTEGER, progress: () => undefined, cancelled: () => false };

const clock = createVirtualClock();
let folder: string;
let keychain: Keychain;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cove-compacted-'));
  keychain = fileKeychain(join(folder, 'keychain.jsonl'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, 'cove.db');
const open = async (name?: string): Promise<Device> =>
  (await openDevice(
    { vault: createVault({ path: path() }), keychain, clock, random: new Prng('packs') },
    name,
  )) as Device;
const spaceOf = (device: Device): Replica => device.replicas.all()[0] as Replica;
/** Others have their turn when the clock is turned. */
async function compacted(device: Device): Promise<Compacted> {
  const work = device.replicas.compact(spaceOf(device), ALL);
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  while (!isOver) {
    clock.advance(0);
    await new Promise(setImmediate);
  }
  return over;
}
const sent = (replica: Replica): string[] =>
  replica
    .have()
    .flatMap(([logId, seq]) => replica.read([logId, 1, seq], Number.MAX_SAFE_INTEGER))
    .map(([header, payload]) => `${toHex(header)} ${payload ? toHex(payload) : '-'}`);
const titles = (device: Device): string[] =>
  device.objects
    .space(spaceOf(device))
    .page({ limit: 1_000 })
    .objects.map(({ fields }) => String(fields['title']))
    .sort();

function saidOf(act: () => unknown): string {
  try {
    act();
    return 'nothing is said';
  } catch (error) {
    return error instanceof CoveError ? error.type : String(error);
  }
}

async function written(): Promise<{ entries: string[]; names: string[] }> {
  const device = await open('Ana');
  const objects = device.objects.space(device.replicas.create());
  for (let n = 0; n < NOTES; n++) {
    objects.create({ type: 'note', title: `note ${n}` }, { body: `Beans and peas, row ${n}. `.repeat(120) });
    objects.flush();
  }
  const found = { entries: sent(spaceOf(device)), names: titles(device) };
  abandon(device);
  return found;
}

test('a process that is killed between and within packs leaves every change as it was, and the next goes on', async () => {
  const { entries } = await written();
  let [packed, last, kills] = [0, false, 0];
  for (let kill = 0; kill < KILLS && !last; kill++) {
    let lines = 0;
    const after = 1 + (kill % 3);
    const program = new Telling(new URL('kills/compacting.ts', import.meta.url), [folder], {
      environment: {},
      onTold: (told) => {
        if ('done' in told) last = true;
        else if (++lines === after) setTimeout(() => void program.kill().then(() => kills++), kill % 4);
      },
    });
    await program.ended;
    const device = await open();
    expect(sent(spaceOf(device))).toEqual(entries);
    const { packedPayloads } = spaceStorage(device.profile.storage, spaceOf(device).row);
    expect(packedPayloads).toBeGreaterThanOrEqual(packed);
    packed = packedPayloads;
    abandon(device);
  }
  expect(packed).toBeGreaterThan(0);
  const device = await open();
  device.profile.storage.exec('UPDATE payload_pack SET bytes = substr(bytes, 1, 90) WHERE id = 1');
  const said = saidOf(() => sent(spaceOf(device)));
  abandon(device);
  record({
    id: 'R1',
    promise: 'A process that is killed while it makes old changes smaller leaves each as it was',
    figure: `${kills} kills between and within packs, ${packed} of ${entries.length} changes in packs, 0 differ`,
    control: { planted: `a pack that is cut short: ${said}`, caught: said === 'database-damaged' },
  });
}, 120_000);

test('the file gets smaller by what was saved', async () => {
  const { entries } = await written();
  const device = await open();
  const { storage } = device.profile;
  const before = databaseStorage(storage).bytes;
  const { saved } = await compacted(device);
  expect(shrink(storage, 10_000)).toBe(false); // more than is rewritten in memory
  expect(shrink(storage)).toBe(true);
  const { bytes, free } = databaseStorage(storage);
  expect(before - bytes).toBeGreaterThan(saved * 0.9);
  expect(free).toBe(0);
  expect(sent(spaceOf(device))).toEqual(entries);
  abandon(device);
});

for (const lost of ['nothing', 'the keys of its epochs', 'a pack']) {
  test(`a database that is read out after damage gives packed changes again; lost: ${lost}`, async () => {
    const { names } = await written();
    const device = await open();
    await compacted(device);
    const { storage } = device.profile;
    expect(spaceStorage(storage, spaceOf(device).row).packedPayloads).toBeGreaterThan(NOTES / 2);
    if (lost === 'the keys of its epochs') storage.exec('DELETE FROM epoch_key');
    if (lost === 'a pack') storage.exec('UPDATE payload_pack SET bytes = substr(bytes, 1, 90) WHERE id = 3');
    abandon(device);
    const salvage = createSalvage({ path: path() });
    const options = { keychain, salvage, clock, random: new Prng('salvage'), account: 'proof' };
    const recovery = await recoverProfile({ ...options, log: () => undefined, folder: 'aside' });
    const again = await open();
    const found = titles(again);
    if (lost !== 'a pack') expect(found).toEqual(names);
    else {
      expect(found.length).toBeGreaterThan(0);
      expect(names).toEqual(expect.arrayContaining(found));
      expect(recovery.waiting).toBeGreaterThan(0); // own changes behind the gap
    }
    abandon(again);
  });
}
