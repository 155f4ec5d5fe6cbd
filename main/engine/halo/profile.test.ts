import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createVault } from '../../../native/sqlite/index.ts';
import { toHex } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { CoveError } from '../errors.ts';
import type { Keychain, Random, StorageVault } from '../ports.ts';
import { decodeItem, encodeItem } from './keychain-item.ts';
import { phraseOf } from './phrase.ts';
import { openProfile } from './profile.ts';
import type { ReadyProfile } from './profile.ts';
import { joinShares } from './share.ts';

let folder: string;
let keychain: MemoryKeychain;
let random: Random;
let open: ReadyProfile[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cove-profile-'));
  keychain = new MemoryKeychain();
  random = seeded(1);
  open = [];
});
afterEach(() => {
  for (const profile of open) profile.storage.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Keeps one item; `before` may throw or interfere at each call. */
class MemoryKeychain implements Keychain {
  items = new Map<string, string>();
  before: (call: 'get' | 'set' | 'delete') => void = () => undefined;
  async get(account: string) {
    this.before('get');
    return this.items.get(account) ?? null;
  }
  async set(account: string, secret: string) {
    this.before('set');
    this.items.set(account, secret);
  }
  async delete(account: string) {
    this.before('delete');
    this.items.delete(account);
  }
}

function seeded(seed: number): Random {
  let count = 0;
  return {
    bytes(length) {
      const out = new Uint8Array(length);
      for (let at = 0; at < length; at += 32) {
        out.set(sha256(Uint8Array.of(seed, count >> 8, count++ & 255)).subarray(0, Math.min(32, length - at)), at);
      }
      return out;
    },
  };
}

const vault = (): StorageVault => createVault({ path: join(folder, 'cove.db'), lockTimeout: 0 });
const options = (changed: { vault?: StorageVault } = {}) => ({
  keychain,
  vault: changed.vault ?? vault(),
  random,
  account: 'test',
});

async function create(name = 'Ada'): Promise<ReadyProfile> {
  const opened = await openProfile(options());
  if (opened.state !== 'empty') throw new Error('expected an empty profile');
  const profile = await opened.createIdentity(name);
  open.push(profile);
  return profile;
}
async function reopen(): Promise<ReadyProfile> {
  for (const profile of open.splice(0)) profile.storage.close();
  const opened = await openProfile(options());
  if (opened.state !== 'ready') throw new Error('expected a profile');
  open.push(opened);
  return opened;
}
async function errorOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return 'none';
  } catch (error) {
    return error instanceof CoveError ? error.type : String(error);
  }
}
function closeAll(): void {
  for (const profile of open.splice(0)) profile.storage.close();
}
const item = () => decodeItem(keychain.items.get('test') as string);

test('a new identity survives a restart, with its chain, profile and keys', async () => {
  const first = await create('  Ada  ');
  const { identityId, deviceId } = first.identity;
  expect(first.identity.profile().name).toBe('Ada');
  expect(first.identity.profile().avatar).toMatch(/^[0-9a-f]{16}$/);
  expect([...first.identity.state().devices.keys()]).toEqual([toHex(deviceId)]);
  const again = await reopen();
  expect([again.identity.identityId, again.identity.deviceId]).toEqual([identityId, deviceId]);
  expect(again.identity.keys).toEqual(first.identity.keys);
  expect(again.identity.chain()).toEqual(first.identity.chain());
  expect([again.rolledBack, again.phraseConfirmed]).toEqual([false, false]);
});

test('the profile changes by a signed certificate, durably, and tells its listeners', async () => {
  const { identity } = await create();
  let told = 0;
  identity.onChange(() => told++);
  identity.setProfile({ name: 'Ada Lovelace' });
  identity.setProfile({ name: 'Ada Lovelace' }); // nothing new: no certificate
  const { avatar } = identity.profile();
  expect([told, identity.chain().length]).toEqual([1, 4]);
  expect((await reopen()).identity.profile()).toEqual({ name: 'Ada Lovelace', avatar });
  for (const name of ['', '   ', 'x'.repeat(65), 'a\u0007b', '\ud800']) {
    expect(() => open[0]!.identity.setProfile({ name }), JSON.stringify(name)).toThrow(CoveError);
  }
});

test('a name that cannot be kept creates nothing', async () => {
  const opened = await openProfile(options());
  if (opened.state !== 'empty') throw new Error('expected an empty profile');
  expect(await errorOf(() => opened.createIdentity(' '))).toBe('value-invalid');
  expect([keychain.items.size, vault().exists()]).toEqual([0, false]);
});

describe('the recovery phrase', () => {
  test('is there until three of its words are given back, then gone for good', async () => {
    const profile = await create();
    const words = await profile.phrase();
    expect(words).toHaveLength(12);
    const asked = profile.phraseChallenge();
    expect(new Set(asked).size).toBe(3);
    const right = asked.map((position) => ({ position, word: ` ${words[position]!.toUpperCase()} ` }));
    expect(await errorOf(() => profile.confirmPhrase(right.slice(0, 2)))).toBe('phrase-mismatch');
    expect(await errorOf(() => profile.confirmPhrase([right[0]!, right[0]!, right[0]!]))).toBe('phrase-mismatch');
    const wrong = right.map((answer, i) => (i === 2 ? { ...answer, word: 'zoo' } : answer));
    expect(await errorOf(() => profile.confirmPhrase(wrong))).toBe('phrase-mismatch');
    expect([profile.phraseConfirmed, item().entropy?.length]).toEqual([false, 16]);

    await profile.confirmPhrase(right);
    expect([profile.phraseConfirmed, item().entropy]).toEqual([true, undefined]);
    expect(await errorOf(() => profile.phrase())).toBe('phrase-confirmed');
    const again = await reopen();
    expect(again.phraseConfirmed).toBe(true);
    expect(await errorOf(() => again.phrase())).toBe('phrase-confirmed');
  });

  test('is split into shares from what the device keeps, later from this person’s own words only', async () => {
    const profile = await create();
    const words = await profile.phrase();
    const into = { threshold: 2, shares: 3 };
    const joined = async (shares: readonly string[]) => phraseOf(await joinShares(shares.slice(1)));
    expect(await joined(await profile.split(into))).toEqual(words);
    await profile.confirmPhrase([0, 1, 2].map((position) => ({ position, word: words[position]! })));
    expect(await errorOf(() => profile.split(into))).toBe('phrase-confirmed');
    expect(await joined(await profile.split(into, words.join(' ')))).toEqual(words);
    expect(await errorOf(() => profile.split(into, `${'zoo '.repeat(11)}wrong`))).toBe('phrase-mismatch');
    expect(await errorOf(() => profile.split(into, `${'zoo '.repeat(11)}zoo`))).toBe('phrase-invalid');
    expect(item().entropy).toBeUndefined();
  });

  test('is not in the database', async () => {
    const profile = await create();
    const { entropy, dms } = item();
    const secrets = [toHex(entropy!), toHex(dms)];
    const rows = profile.storage.prepare('SELECT k, v FROM meta').all();
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) expect(secrets).not.toContain(toHex(row['v'] as Uint8Array));
  });
});

describe('what is missing or foreign', () => {
  test('a keychain without the item never leads to a new identity', async () => {
    await create();
    closeAll();
    keychain.items.clear();
    expect(await errorOf(() => openProfile(options()))).toBe('keychain-item-missing');
  });

  test('a locked keychain is reported and changes nothing', async () => {
    await create();
    closeAll();
    keychain.before = () => {
      throw new CoveError('keychain-locked');
    };
    expect(await errorOf(() => openProfile(options()))).toBe('keychain-locked');
    keychain.before = () => undefined;
    expect((await reopen()).rolledBack).toBe(false);
  });

  test('an item without its database is never thrown away', async () => {
    await create();
    closeAll();
    const kept = keychain.items.get('test');
    vault().discard();
    expect(await errorOf(() => openProfile(options()))).toBe('database-missing');
    expect(keychain.items.get('test')).toBe(kept);
  });

  test('a database that lost its identity is damaged, and neither it nor the item is thrown away', async () => {
    const { storage } = await create();
    storage.exec("DELETE FROM meta WHERE k = 'ready'");
    closeAll();
    expect(await errorOf(() => openProfile(options()))).toBe('database-damaged');
    expect([keychain.items.size, vault().exists()]).toEqual([1, true]);
  });

  test('another profile’s item, garbage and an item of a newer version each have their error', async () => {
    await create();
    closeAll();
    const mine = item();
    keychain.items.set('test', encodeItem({ ...mine, dms: new Uint8Array(32) }));
    expect(await errorOf(() => openProfile(options()))).toBe('wrong-key');
    keychain.items.set('test', 'AAAA');
    expect(await errorOf(() => openProfile(options()))).toBe('wrong-key');
    keychain.items.set('test', 'oWF2Ag'); // {v: 2}
    expect(await errorOf(() => openProfile(options()))).toBe('database-newer');
    keychain.items.set('test', encodeItem(mine));
    expect((await reopen()).identity.profile().name).toBe('Ada');
  });

  test('a second instance is told that the profile is in use', async () => {
    await create();
    expect(await errorOf(() => openProfile(options()))).toBe('profile-in-use');
  });

  test('an identity that appeared meanwhile is not written over', async () => {
    const opened = await openProfile(options());
    if (opened.state !== 'empty') throw new Error('expected an empty profile');
    await create();
    expect(await errorOf(() => opened.createIdentity('Eve'))).toBe('identity-exists');
    expect((await reopen()).identity.profile().name).toBe('Ada');
  });

  test('a keychain that forgets what it was given creates no identity', async () => {
    keychain.set = async () => undefined;
    const opened = await openProfile(options());
    if (opened.state !== 'empty') throw new Error('expected an empty profile');
    expect(await errorOf(() => opened.createIdentity('Ada'))).toBe('keychain-locked');
    expect(vault().exists()).toBe(false);
  });
});

/** Stands for the process being killed: everything after it fails as well. */
class Killed extends Error {}

test('killed at any step of the creation, the next start finds no identity or a complete one', async () => {
  const outcomes: string[] = [];
  for (let step = 1; ; step++) {
    let left = step;
    const tick = () => {
      if (--left <= 0) throw new Killed();
    };
    keychain = new MemoryKeychain();
    const real = vault();
    const watched: StorageVault = {
      exists: () => real.exists(),
      discard: () => (tick(), real.discard()),
      open(key) {
        tick();
        const storage = real.open(key);
        return {
          ...storage,
          get inTransaction() {
            return storage.inTransaction;
          },
          transaction: (fn) => {
            tick();
            const result = storage.transaction(fn);
            tick();
            return result;
          },
        };
      },
    };
    const opened = await openProfile(options({ vault: watched }));
    if (opened.state !== 'empty') throw new Error('expected an empty profile');
    keychain.before = (call) => void (call === 'get' || tick());
    const outcome = await opened.createIdentity('Ada').then(
      (profile) => (profile.storage.close(), 'done'),
      (error: unknown) => (error instanceof Killed ? 'killed' : String(error)),
    );
    keychain.before = () => undefined;

    const next = await openProfile(options());
    outcomes.push(`${outcome}, then ${next.state}`);
    if (next.state === 'ready') {
      expect(next.identity.profile().name).toBe('Ada');
      expect([next.rolledBack, item().making]).toEqual([false, undefined]);
      next.storage.close();
    } else {
      expect([keychain.items.size, vault().exists()]).toEqual([0, false]);
    }
    vault().discard();
    if (outcome === 'done') break;
  }
  expect(new Set(outcomes)).toEqual(new Set(['killed, then empty', 'killed, then ready', 'done, then ready']));
});

test('a profile that is closed in the turn in which its chain grew inside another transaction ends quietly', async () => {
  const profile = await create();
  let unhandled: unknown;
  const hear = (error: unknown) => (unhandled = error);
  process.on('unhandledRejection', hear);
  profile.storage.transaction(() => profile.identity.setProfile({ name: 'Ada Lovelace' }));
  profile.storage.close();
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off('unhandledRejection', hear);
  expect(unhandled).toBeUndefined();
  const next = await openProfile(options());
  expect(next.state === 'ready' && next.identity.profile().name).toBe('Ada Lovelace');
  if (next.state === 'ready') next.storage.close();
});

test('a listener that fails when the chain has grown inside another transaction is reported and ends nothing', async () => {
  await create().then(({ storage }) => storage.close());
  const lines: unknown[] = [];
  const profile = await openProfile({ ...options(), log: (...line) => lines.push(line) });
  if (profile.state !== 'ready') throw new Error(profile.state);
  open.push(profile);
  profile.identity.onChange(() => {
    throw new Error('not my day');
  });
  profile.storage.transaction(() => profile.identity.setProfile({ name: 'Ada Lovelace' }));
  // Vitest fails a run in which a rejection is left unhandled.
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(lines).toEqual([['listener-failed', { error: expect.stringContaining('not my day') as string }]]);
});

describe('the rollback guard', () => {
  test('notices a database older than the keychain, until the new incarnations are open', async () => {
    await create();
    closeAll();
    const old = keychain.items.get('test') as string;
    await reopen();
    closeAll();
    keychain.items.set('test', old); // either of the two may be the older copy: here the keychain
    expect((await reopen()).rolledBack).toBe(true);
    const again = await reopen();
    expect(again.rolledBack).toBe(true);
    again.rollbackHandled();
    expect((await reopen()).rolledBack).toBe(false);
  });

  test('takes no crash between its steps for a rollback', async () => {
    await create();
    closeAll();
    for (const failing of [1, 2]) {
      let sets = 0;
      keychain.before = (call) => {
        if (call === 'set' && ++sets === 1 && failing === 1) throw new Killed(); // database.next written, keychain not
        if (call === 'get' && sets === 1 && failing === 2) throw new Killed(); // keychain written, database not
      };
      await expect(openProfile(options())).rejects.toBeInstanceOf(Killed);
      keychain.before = () => undefined;
      expect((await reopen()).rolledBack).toBe(false);
      closeAll();
    }
  });
});
