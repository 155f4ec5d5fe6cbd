/**
 * A shared task list in a terminal. `node docs/examples/tasks.mjs` opens yours, or begins one;
 * `node docs/examples/tasks.mjs <code>` joins somebody else's. COVE_DATA_DIR is where it is kept.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, CoveError, InvitationEncoder } from 'cove';

const client = new Client({ dataDir: process.env.COVE_DATA_DIR ?? join(homedir(), '.cove-tasks') });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function ask(question) {
  process.stdout.write(question);
  const { value, done } = await lines.next();
  if (done) await leave();
  return value.trim();
}

async function leave(sentence) {
  if (sentence !== undefined) console.log(sentence);
  await client.destroy();
  process.exit();
}

async function joined(code) {
  const { authenticate, invitation } = client.echo.acceptInvitation(InvitationEncoder.decode(code));
  for (;;) {
    try {
      await authenticate(await ask('Six digits: '));
      return client.echo.getSpace(invitation.spaceKey);
    } catch (error) {
      if (error.type !== 'wrong-code') throw error;
      console.log(`${error.message} ${error.detail.attemptsLeft} left.`);
    }
  }
}

function invite(space) {
  const { invitation } = space.createInvitation();
  console.log(`Send this code: ${invitation.code}`);
  console.log(`And tell these digits in another way: ${invitation.authenticationCode}`);
}

async function main() {
  await client.initialize();
  if (!client.halo.profile) await client.halo.createProfile({ displayName: await ask('Your name: ') });
  const [, , code] = process.argv;
  const space = code
    ? await joined(code)
    : (client.echo.spaces[0] ?? (await client.echo.createSpace({ name: 'Tasks' })));

  let tasks = [];
  space.db.query({ type: 'task' }).subscribe((present) => {
    tasks = present;
    const list = tasks.map(({ title, done }, at) => `${at + 1}. [${done ? 'x' : ' '}] ${title}`).join('\n');
    console.log(`\n${list || 'Nothing to do.'}`);
  });
  console.log('Type a task to add it, its number to tick it, -number to remove it, “invite”, or “quit”.');
  for (;;) {
    const line = await ask('');
    const task = tasks[Math.abs(Number(line)) - 1];
    if (line === 'quit') await leave();
    else if (line === 'invite') invite(space);
    else if (task !== undefined && line.startsWith('-')) await space.db.remove(task);
    else if (task !== undefined) task.done = !task.done;
    else if (line !== '') await space.db.add({ type: 'task', title: line, done: false });
  }
}

await main().catch((error) => {
  if (!(error instanceof CoveError)) throw error;
  return leave(error.message);
});
