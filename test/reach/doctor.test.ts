/** `cove doctor` on a computer of a network that nothing leads out of. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { staging } from './stage.ts';

const stage = staging();
const CLI = fileURLToPath(new URL('../../main/cli/index.ts', import.meta.url));

test('however short the Doctor is to look, it says what came of the way to the internet', async () => {
  const { lab } = stage;
  lab.network('home');
  const computer = await lab.computer('ana');
  lab.connect(computer, 'home', '192.168.7.2/24');
  const folder = mkdtempSync(join(tmpdir(), 'cove-doctor-'));
  lab.onClose(() => rmSync(folder, { recursive: true, force: true }));
  const [passphrase, profile] = [join(folder, 'passphrase'), join(folder, 'profile')];
  writeFileSync(passphrase, 'correct horse\n');
  mkdirSync(profile);
  writeFileSync(join(profile, 'preferences.json'), JSON.stringify({ stun: ['stun:192.168.7.99:3478'] }));
  const [first = '', ...rest] = [...computer.inside, process.execPath, CLI];
  const { stdout } = spawnSync(first, [...rest, 'doctor', '--seconds', '1'], {
    encoding: 'utf8',
    env: {
      ...process.env,
      ...{ COVE_DATA_DIR: profile, COVE_PASSPHRASE_FILE: passphrase, COVE_MEETING_POINTS: '', COVE_BIND: '' },
    },
  });
  expect(stdout).toContain('Address servers: 0 of 1 answer');
  expect(stdout).toContain('No address server answers');
  expect(stdout).not.toContain('Asking the address servers');
});
