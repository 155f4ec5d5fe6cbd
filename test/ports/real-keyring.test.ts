/**
 * A profile and the states that a real gnome-keyring can be in. Each has its own answer, and none of them ends with a
 * new identity where there was one.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeItem, encodeItem } from '../../main/engine/halo/keychain-item.ts';
import { makeComputer, type Computer } from '../desktop/computer.ts';
import type { Task } from './keyring-program.ts';

describe.runIf(process.platform === 'linux')('with a real keyring', () => {
  let computer: Computer;
  let program: ChildProcess;
  let ana: string;

  beforeAll(async () => {
    computer = await makeComputer('keyring', { prompts: false });
    program = fork(join(import.meta.dirname, 'keyring-program.ts'), { env: computer.env, execArgv: [] });
    expect(await told({ do: 'open' })).toBe('nobody yet');
    ana = (await told({ do: 'move in' })) ?? '';
    expect(ana).toMatch(/^[0-9a-f]{64}$/);
  });
  afterAll(async () => {
    program.kill();
    await computer.remove();
  });

  const told = async (task: Task): Promise<string | null> => {
    program.send(task);
    const [answer] = (await once(program, 'message')) as [string | null];
    return answer;
  };
  const item = () => told({ do: 'read item' });
  const database = () => join(computer.dataDir, 'cove.db');
  const hash = () => createHash('sha256').update(readFileSync(database())).digest('hex');

  test('locked, its prompt dismissed: it says locked, changes nothing, and opens once it is unlocked', async () => {
    const before = hash();
    await computer.lockKeyring();
    expect(await item(), 'what libsecret makes of it').toBeNull();
    expect(await told({ do: 'move in' })).toBe('keychain-locked');
    expect(hash()).toBe(before);
    await computer.unlockKeyring();
    expect(await told({ do: 'open' })).toBe(ana);
  });

  test('locked while the database is away: nobody new moves in', async () => {
    const away = `${database()}.away`;
    const before = await item();
    renameSync(database(), away);
    await computer.lockKeyring();
    expect(await told({ do: 'move in' })).toBe('keychain-locked');
    await computer.unlockKeyring();
    expect(await told({ do: 'move in' })).toBe('database-missing');
    expect(await item()).toBe(before);
    renameSync(away, database());
    expect(await told({ do: 'open' })).toBe(ana);
  });

  test('open, without the item of a database that is there: it is asked for and not made anew', async () => {
    const before = { database: hash(), item: (await item()) ?? '' };
    expect(await told({ do: 'delete item' })).toBe('true');
    expect(await told({ do: 'move in' })).toBe('keychain-item-missing');
    expect({ database: hash(), item: await item() }).toEqual({ ...before, item: null });
    await told({ do: 'write item', text: before.item });
    expect(await told({ do: 'open' })).toBe(ana);
  });

  test('open, with the item of another profile: it is the wrong key, and both stay as they are', async () => {
    const mine = (await item()) ?? '';
    const another = decodeItem(mine);
    const text = encodeItem({ ...another, dms: another.dms.map((byte) => byte ^ 1) });
    const before = hash();
    await told({ do: 'write item', text });
    expect(await told({ do: 'move in' })).toBe('wrong-key');
    expect({ database: hash(), item: await item() }).toEqual({ database: before, item: text });
    await told({ do: 'write item', text: mine });
    expect(await told({ do: 'open' })).toBe(ana);
  });
});
