/** The programs of docs/examples run as they are: two people at two computers, each typing what a person types. */
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeComputer, type Computer } from '../desktop/computer.ts';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';
import { converse, type Conversation } from '../cli/conversation.ts';
import { ROOT } from './documents.ts';
import { withSdk } from './programs.ts';

const FOLDER = 'docs/examples';
let broker: Mosquitto;
let ana: Computer;
let ben: Computer;

const started: Conversation[] = [];
const computers: Computer[] = [];

async function computer(): Promise<Computer> {
  const made = await makeComputer('example');
  Object.assign(made.env, { COVE_MEETING_POINTS: broker.url, COVE_BIND: '127.0.0.1' });
  computers.push(made);
  return made;
}

function run(name: string, on: Computer, ...args: readonly string[]): Conversation {
  const conversation = converse([join(ROOT, FOLDER, name), ...args], ROOT, on.env);
  started.push(conversation);
  return conversation;
}
/** Who begins, and who was invited: both in the space. */
async function both(name: string, invitation: string): Promise<readonly [host: Conversation, guest: Conversation]> {
  const [one, two] = [await computer(), await computer()];
  const host = run(name, one);
  await host.seen(/Your name: $/);
  host.say('Ana');
  await host.seen(/Type/);
  host.say(invitation);
  const code = await host.seen(/Send this code: (\S+)/);
  const digits = await host.seen(/another way: (\d{6})/);
  const guest = run(name, two, code);
  await guest.seen(/Your name: $/);
  guest.say('Ben');
  await guest.seen(/Six digits: $/);
  guest.say(digits);
  await guest.seen(/Type/);
  return [host, guest];
}

const tasks = (on: Computer, ...args: readonly string[]): Conversation => run('tasks.mjs', on, ...args);

withSdk();
beforeAll(async () => {
  broker = await startMosquitto();
  [ana, ben] = [await computer(), await computer()];
});

afterAll(async () => {
  for (const one of started) one.kill();
  await Promise.all(started.map(({ ended }) => ended));
  for (const one of computers) await one.remove();
  await broker.close();
});

test('each of them is shorter than 80 lines', () => {
  for (const name of readdirSync(join(ROOT, FOLDER))) {
    expect(readFileSync(join(ROOT, FOLDER, name), 'utf8').split('\n').length, name).toBeLessThan(80);
  }
});

test('tasks: one adds, the other joins after a wrong code, ticks and removes', { timeout: 120_000 }, async () => {
  const host = tasks(ana);
  await host.seen(/Your name: $/);
  host.say('Ana');
  await host.seen(/Type a task/);
  host.say('Water the beans');
  await host.seen(/1\. \[ \] Water the beans/);
  host.say('invite');
  const code = await host.seen(/Send this code: (\S+)/);
  const digits = await host.seen(/another way: (\d{6})/);

  const guest = tasks(ben, code);
  await guest.seen(/Your name: $/);
  guest.say('Ben');
  await guest.seen(/Six digits: $/);
  guest.say(digits.replace(/^./, (first) => String((Number(first) + 1) % 10)));
  await guest.seen(/2 left\.\nSix digits: $/);
  guest.say(digits);
  await guest.seen(/1\. \[ \] Water the beans/);
  guest.say('1');
  await host.seen(/1\. \[x\] Water the beans/);
  guest.say('-1');
  await host.seen(/\[x\] Water the beans\n+Nothing to do\./);
  guest.say('quit');
  host.say('quit');
  expect([(await guest.ended).code, (await host.ended).code]).toEqual([0, 0]);
});

test('chat: what is said is stored, what is done is only told', { timeout: 120_000 }, async () => {
  const [host, guest] = await both('chat.mjs', '/invite');
  await host.seen(/\(Ben here\)/);
  host.say('Beans or peas?');
  await guest.seen(/Ana: Beans or peas\?/);
  guest.say('/me thinks');
  await host.seen(/\* Ben thinks/);
  guest.say('Peas\u001b[2J');
  await host.seen(/Ben: Peas/);
  for (const one of [guest, host]) one.say('/quit');
  expect([(await guest.ended).code, (await host.ended).code]).toEqual([0, 0]);
  // A terminal would obey it.
  expect((await host.ended).out).not.toContain('\u001b');
});

test('drop: a file comes out at the other end as it went in; a missing one is said', { timeout: 120_000 }, async () => {
  const [host, guest] = await both('drop.mjs', 'invite');
  const bytes = randomBytes(700_000);
  const from = join(ana.dataDir, '..', 'photo 1.jpg');
  const to = join(ana.dataDir, '..', 'copy.jpg');
  writeFileSync(from, bytes);
  host.say(`drop ${from}`);
  await guest.seen(/1\. photo 1\.jpg, 700000 bytes, absent/);
  guest.say(`get 1 ${to}`);
  await guest.seen(/copy\.jpg is whole/);
  expect(readFileSync(to).equals(bytes)).toBe(true);
  guest.say(`drop ${to}.none`);
  await guest.seen(/could not be read/);
  for (const one of [guest, host]) one.say('quit');
  expect([(await guest.ended).code, (await host.ended).code]).toEqual([0, 0]);
});

test('what cannot be is said, and the program ends', async () => {
  const lost = tasks(ana, 'cove1nothing');
  await lost.seen(/not a valid invitation code/);
  expect((await lost.ended).code).toBe(0);
});
