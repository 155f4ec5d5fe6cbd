/** `npm run doctor` says what is wrong in the words of the app, for a profile that the app made, and names nobody in its report. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeComputer, type Computer } from '../desktop/computer.ts';
import { TELL, runProgram, withSdk } from './programs.ts';

const ROOT = join(import.meta.dirname, '../..');
let computer: Computer;

withSdk();
beforeAll(async () => {
  computer = await makeComputer('ana');
  Object.assign(computer.env, { COVE_MEETING_POINTS: 'mqtt://127.0.0.1:1', COVE_BIND: '127.0.0.1' });
});
afterAll(() => computer.remove());

function doctor(...args: readonly string[]) {
  const words = [join(ROOT, 'main/cli/index.ts'), 'doctor', '--seconds', '3', ...args];
  const { status, stdout } = spawnSync(process.execPath, words, { env: computer.env, encoding: 'utf8' });
  return { status, stdout };
}

test('before there is an identity, with one, and while Cove is running', async () => {
  const first = doctor();
  expect(first.status).toBe(0);
  expect(first.stdout).toContain('There is no identity in this profile yet');
  expect(first.stdout).toContain('✗ mqtt://127.0.0.1:1: Nothing listens there.');

  const program = `import { Client } from 'cove';
${TELL}
const client = new Client();
await client.initialize();
await client.halo.createProfile({ displayName: 'Ana Arcana' });
await client.echo.createSpace({ name: 'Sealed garden' });
tell('open');
await new Promise((go) => process.stdin.once('data', go));
process.stdin.destroy();
await client.destroy();
`;
  const running = runProgram('doctor', program, computer);
  expect(await running.next()).toBe('open');
  const meanwhile = doctor();
  expect([meanwhile.status, meanwhile.stdout]).toEqual([1, expect.stringContaining('Cove is already running')]);
  expect(meanwhile.stdout, 'what needs no profile').toContain('✗ mqtt://127.0.0.1:1: Nothing listens there.');
  expect(meanwhile.stdout).toContain('Meeting point 1: offline');
  running.say('go on');
  expect(await running.ended).toBe(0);

  const after = doctor();
  expect([after.status, after.stdout]).toEqual([0, expect.stringContaining('No space has another device yet.')]);
  const report = doctor('--report');
  expect(report.stdout).toContain('Meeting point 1: offline');
  expect(report.stdout).not.toMatch(/Ana|garden|127\.0\.0\.1/);
});
