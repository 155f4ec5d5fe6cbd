/** What a Client takes from the environment, and what it refuses before anything is opened. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, type networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Client } from './client.ts';
import { bindFrom, checkBind, dataDirFrom } from './options.ts';

test('a folder that is named from where one stands is the same wherever one goes from there', () => {
  const here = process.cwd();
  expect(dataDirFrom({}, { COVE_DATA_DIR: 'ana' })).toBe(join(here, 'ana'));
  expect(dataDirFrom({ dataDir: './ben' }, {})).toBe(join(here, 'ben'));
  expect(dataDirFrom({}, { COVE_DATA_DIR: '/srv/cove' })).toBe('/srv/cove');
});

test('an address to bind to is one, from the option or else from the environment', () => {
  for (const bind of [undefined, '127.0.0.1', '::1']) expect(() => checkBind(bind)).not.toThrow();
  const all = [{ COVE_BIND: '' }, { COVE_BIND: '0.0.0.0' }, { COVE_BIND: '::' }].map((env) => bindFrom({}, env));
  expect(all).toEqual([undefined, undefined, undefined]);
  expect(bindFrom({ bind: '::1' }, { COVE_BIND: '127.0.0.1' })).toBe('::1');
});

test.each(['nonsense', 'localhost', '127.0.0.1:1883', '300.1.1.1'])(
  '%s is none, and no profile is made',
  async (bind) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'cove-options-'));
    const client = new Client({ dataDir, bind, meetingPoints: [] });
    await expect(client.initialize()).rejects.toThrow(expect.objectContaining({ type: 'bind-invalid' }));
    expect(existsSync(dataDir) && readdirSync(dataDir)).toEqual([]);
    rmSync(dataDir, { recursive: true });
  },
);

test('a relay server that is none is refused before a profile is made', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'cove-options-'));
  const client = new Client({ dataDir, bind: '127.0.0.1', meetingPoints: [], turnServers: ['turn:'] });
  await expect(client.initialize()).rejects.toThrow(expect.objectContaining({ type: 'turn-invalid' }));
  expect(readdirSync(dataDir)).toEqual([]);
  rmSync(dataDir, { recursive: true });
});

test('an address to bind to is one of this computer', () => {
  const interfaces = {
    lo: [{ address: '127.0.0.1' }],
    eth0: [{ address: '192.168.1.5' }, { address: 'fe80::1:2' }],
  } as unknown as ReturnType<typeof networkInterfaces>; // what is read of them
  for (const bind of ['192.168.1.5', 'fe80:0:0::1:2', 'fe80::1:2%eth0', '127.0.0.9'])
    expect(() => checkBind(bind, interfaces), bind).not.toThrow();
  for (const bind of ['192.168.1.6', 'fe80::1:3'])
    expect(() => checkBind(bind, interfaces), bind).toThrow(expect.objectContaining({ type: 'bind-not-here' }));
});
