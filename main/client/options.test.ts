/** What a Client takes from the environment, and what it refuses before anything is opened. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Client } from './client.ts';
import { bindFrom, checkBind } from './options.ts';

test('an address to bind to is one, from the option or else from the environment', () => {
  for (const bind of [undefined, '127.0.0.1', '192.168.1.5', '::1']) expect(() => checkBind(bind)).not.toThrow();
  expect([bindFrom({}, { COVE_BIND: '' }), bindFrom({ bind: '::1' }, { COVE_BIND: '127.0.0.1' })]).toEqual([
    undefined,
    '::1',
  ]);
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
