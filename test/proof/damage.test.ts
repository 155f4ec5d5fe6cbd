/**
 * A start on damaged files ends in a working app (protocol §9 R5): the damage is set aside, the same person goes on, what
 * can be read is there, the rest comes from the others, and nothing is forked.
 */
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../main/engine/bytes.ts';
import type { Replica } from '../../main/engine/echo/replica.ts';
import { CoveError } from '../../main/engine/errors.ts';
import { decodeItem, encodeItem } from '../../main/engine/halo/keychain-item.ts';
import { writeBackup } from '../../native/sqlite/backup.ts';
import { Prng } from '../engine/net/prng.ts';
import { DAMAGES } from './damage/damages.ts';
import type { Damage } from './damage/damages.ts';
import { exchange, invite, makeScene, openBen, parts, recover } from './damage/profiles.ts';
import type { Scene } from './damage/profiles.ts';
import { abandon, headsOf, openDevice, stateOf } from './device.ts';
import type { Device } from './device.ts';
import { record, sized } from './scale.ts';

const STARTS = sized({ share: 100, proof: 500, nightly: 5_000 });

let scene: Scene;
beforeAll(async () => void (scene = await makeScene()), 120_000);
afterAll(() => scene.remove());

interface Outcome {
  readonly way: 'opened' | 'salvaged' | 'begun anew';
  /** How many of the edits that nobody else had are still there. */
  readonly unsent: number;
}

/** Anything but a working app throws. */
async function start(damage: Damage, seed: number): Promise<Outcome> {
  const random = new Prng(`start ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), 'cove-start-'));
  try {
    cpSync(random.chance(0.5) ? scene.folders.closed : scene.folders.crashed, folder, { recursive: true });
    damage.apply(folder, random);
    // After the phrase was confirmed the keychain alone does not know who this is.
    const confirmed = random.chance(0.5);
    const own = parts(
      folder,
      scene.items.map(([account, text]) => [account, confirmed ? withoutEntropy(text) : text]),
    );
    let way: Outcome['way'] = 'opened';
    let device = await openDevice(own).catch((error: unknown) => {
      if (error instanceof CoveError && error.type === 'database-damaged') return undefined;
      throw error;
    });
    if (!device) {
      // Looking at it may have brought the write-ahead log in; from here on nothing changes it.
      const found = readFileSync(join(folder, 'cove.db'));
      const { folder: aside, identity } = await recover(folder, own);
      expect(readFileSync(join(folder, aside, 'cove.db')).equals(found)).toBe(true);
      way = identity ? 'salvaged' : 'begun anew';
      device = identity ? await openDevice(own) : await openDevice(parts(folder, []), 'Ana again');
    }
    return { way, unsent: await goesOn(device as Device) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Meets Ben again, is invited again where the space was lost, and both end with the same notes and can write. */
async function goesOn(ana: Device): Promise<number> {
  const ben = (await openBen(scene)) as Device;
  const theirs = ben.replicas.all()[0] as Replica;
  const kept = ana.replicas.get(theirs.spaceId);
  const mine = kept?.ownRole() && kept.epochs().length > 0 ? kept : invite(ben, theirs, ana);
  exchange(mine, theirs);
  ana.objects.space(mine).create({ type: 'note', title: 'after the damage' });
  ana.objects.space(mine).flush();
  exchange(mine, theirs);
  expect(headsOf(mine)).toBe(headsOf(theirs));
  expect(stateOf(ana, mine)).toBe(stateOf(ben, theirs));
  const titles = new Set(
    ben.objects
      .space(theirs)
      .query()
      .map(({ fields }) => fields['title']),
  );
  expect([...scene.sent, 'after the damage'].filter((title) => !titles.has(title))).toEqual([]);
  expect(ben.profile.storage.prepare('SELECT count(*) AS n FROM fork_proof').get()).toEqual({ n: 0 });
  for (const device of [ana, ben]) {
    device.stop();
    abandon(device);
  }
  return scene.unsent.filter((title) => titles.has(title)).length;
}

function withoutEntropy(text: string): string {
  const { entropy: _, ...item } = decodeItem(text);
  return encodeItem(item);
}

test('every start on damaged files ends in a working app', { timeout: 3_600_000 }, async () => {
  const outcomes: (Outcome & { readonly damage: string })[] = [];
  for (let seed = 0; seed < STARTS; seed++) {
    const damage = DAMAGES[seed % DAMAGES.length] as Damage;
    try {
      outcomes.push({ damage: damage.name, ...(await start(damage, seed)) });
    } catch (error) {
      throw new Error(`start ${seed}, ${damage.name}`, { cause: error });
    }
  }
  const count = (way: Outcome['way']) => outcomes.filter((one) => one.way === way).length;
  const salvaged = outcomes.filter(({ way }) => way === 'salvaged');
  const whole = salvaged.filter(({ unsent }) => unsent === scene.unsent.length).length;
  // Nothing was damaged, nothing is lost: without this the row below could not tell a salvage from a fresh start.
  const untouched = await start({ name: 'none', apply: () => undefined }, STARTS);
  const nothing = await start(DAMAGES.find(({ name }) => name === 'noise') as Damage, STARTS);
  expect(whole).toBeGreaterThan(0);
  record({
    id: 'R5',
    promise: 'Damaged files are set aside and the app goes on with what can be read and what the others have',
    figure: `${STARTS} starts, all working: ${count('opened')} opened, ${count('salvaged')} salvaged (${whole} of them with every unsent edit), ${count('begun anew')} begun anew`,
    control: {
      planted: `no damage: ${untouched.unsent} of ${scene.unsent.length} unsent edits; nothing but noise: ${nothing.unsent}`,
      caught: untouched.unsent === scene.unsent.length && untouched.way === 'opened' && nothing.unsent === 0,
    },
  });
});

test(
  'every flipped bit of the database is found at the start, or else when a backup is made, and what is in it is never shown',
  { timeout: 600_000 },
  async () => {
    const flips = sized({ share: 60, proof: 1_000, nightly: 20_000 });
    // Of a database that is too large to be read at each start.
    const late = sized({ share: 10, proof: 200, nightly: 4_000 });
    const whole = readFileSync(join(scene.folders.closed, 'cove.db'));
    const random = new Prng('flips');
    let found = 0;
    let byBackup = 0;
    for (let i = 0; i < flips + late; i++) {
      const folder = mkdtempSync(join(tmpdir(), 'cove-flip-'));
      cpSync(scene.folders.closed, folder, { recursive: true });
      DAMAGES[0]?.apply(folder, random);
      const changed = !readFileSync(join(folder, 'cove.db')).equals(whole);
      const error = await openDevice(parts(folder, scene.items, i < flips ? undefined : 0)).then(
        async (device) => {
          if (device === undefined || i < flips) return device && abandon(device);
          byBackup++;
          const { profile } = device;
          const writing = writeBackup(profile.storage, join(folder, 'kept'), await profile.backupKeys());
          return writing.catch((reason: unknown) => reason).finally(() => abandon(device));
        },
        (reason: unknown) => reason,
      );
      if (changed && error instanceof CoveError && error.type === 'database-damaged') found++;
      rmSync(folder, { recursive: true, force: true });
    }
    expect(found).toBe(flips + late);
    expect(byBackup, 'control: some are not met at the start').toBeGreaterThan(0);
    expect(readdirSync(scene.folders.closed)).toContain('cove.db');
    expect(toHex(whole.subarray(0, 1))).not.toBe('');
  },
);

test('the unsent edits of a space that lost all its keys are there again after a new invitation', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cove-keys-'));
  cpSync(scene.folders.closed, folder, { recursive: true });
  const own = parts(folder, scene.items);
  const whole = (await openDevice(own)) as Device;
  whole.profile.storage.exec('DELETE FROM epoch_key WHERE space IN (SELECT id FROM space WHERE kind = 0)');
  whole.profile.storage.exec(`UPDATE meta SET v = x'00' WHERE k = 'dbUuid'`);
  abandon(whole);
  await expect(openDevice(own)).rejects.toMatchObject({ type: 'database-damaged' });
  const { identity, spaces, waiting } = await recover(folder, own);
  expect({ identity, spaces, waits: waiting > 20 }).toEqual({ identity: true, spaces: 0, waits: true });
  const ana = (await openDevice(own)) as Device;
  // All that had become entries; the last two had not, and are in the folder that was set aside.
  expect(await goesOn(ana)).toBeGreaterThanOrEqual(18);
  rmSync(folder, { recursive: true, force: true });
});
