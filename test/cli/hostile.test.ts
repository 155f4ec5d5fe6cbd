/** The command line with what others wrote, and with a person who changes their mind. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../docs/documents.ts';
import { withSdk } from '../docs/programs.ts';
import { Person } from './cove.ts';

let ana: Person;
const HOSTILE = 'Ev\u001b]0;owned\u0007il\u009b2J\r\nffffffffffff  owner    9  Bank\u202e';

withSdk();
beforeAll(async () => {
  ana = new Person('');
  await ana.cove('identity', 'create', 'Ana');
});

afterAll(() => ana.remove());

test('nothing that others wrote is obeyed by a terminal, or makes a line of its own', async () => {
  const key = (await ana.cove('spaces', 'create', HOSTILE)).out.trim();
  const list = await ana.cove('spaces');
  expect(list.out).toBe(`${key.slice(0, 12)}  owner      1  Ev ]0;owned il 2J ffffffffffff  owner    9  Bank\n`);
  const json = (await ana.cove('spaces', '--json')).out;
  expect(JSON.parse(json)).toMatchObject({ name: HOSTILE });
  expect(json).toMatch(/^[^\p{Cc}\u202e]+\n$/u);

  const inbox = join(ana.folder, 'inbox');
  mkdirSync(inbox);
  writeFileSync(join(inbox, 'a\u001b[2J\nb.md'), Buffer.from([0xff]));
  writeFileSync(join(inbox, 'c.md'), 'x\u001b[2J\u009b2J\u007f\u202e');
  const taken = await ana.cove('import', key.slice(0, 12), 'inbox');
  expect(taken.err).toMatch(/\/a \[2J b\.md: .*UTF-8/);
  const { out } = await ana.cove('query', key.slice(0, 12), '--texts');
  expect(out).toMatch(/^[^\p{Cc}\u202e]+\n$/u);
  expect(JSON.parse(out)).toMatchObject({ texts: { body: 'x\u001b[2J\u009b2J\u007f\u202e' } });

  // As it is printed it can be typed.
  const shown = 'Ev ]0;owned il 2J ffffffffffff  owner    9  Bank';
  const leaving = ana.start('spaces', 'leave', shown);
  leaving.say(shown);
  expect(await leaving.ended).toMatchObject({ code: 0 });
}, 60_000);

test('Ctrl+C ends a question for a secret', async () => {
  const eva = new Person('');
  delete eva.env['COVE_PASSPHRASE_FILE'];
  try {
    const making = eva.start('identity', 'create', 'Eva', '--passphrase');
    await making.seen(/A passphrase for this profile/);
    making.interrupt();
    expect(await making.ended).toMatchObject({ code: 130, out: '' });
  } finally {
    await eva.remove();
  }
});

// Linux has a program that makes a terminal of its own; elsewhere it takes other arguments.
test.runIf(process.platform === 'linux')('the arrow keys bring no secret back', async () => {
  const eva = new Person('');
  delete eva.env['COVE_PASSPHRASE_FILE'];
  const command = `"${process.execPath}" "${join(ROOT, 'out/sdk/cove.js')}" identity create Eva --passphrase`;
  const terminal = spawn('script', ['-qec', command, '/dev/null'], { cwd: eva.folder, env: eva.env });
  let seen = '';
  const answers: readonly [RegExp, string][] = [
    [/for this profile: $/, 'secret\r'],
    [/The same again: $/, '\u001b[A\r'],
  ];
  let at = 0;
  terminal.stdout.on('data', (data: Buffer) => {
    seen += data.toString();
    const [pattern, answer] = answers[at] ?? [];
    if (pattern?.test(seen.replace(/\u001b\[\d*[A-Z]/g, '')) !== true) return;
    terminal.stdin.write(answer ?? '');
    at++;
  });
  try {
    const code = await new Promise((resolve) => terminal.once('close', resolve));
    expect(seen).toContain('two different passphrases');
    expect(seen).not.toContain('secret');
    expect(code).toBe(1);
  } finally {
    terminal.kill();
    await eva.remove();
  }
});
