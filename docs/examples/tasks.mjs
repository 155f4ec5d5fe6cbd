/**
 * A shared task list in a terminal. `node docs/examples/tasks.mjs` opens yours, or begins one;
 * `node docs/examples/tasks.mjs <code>` joins somebody else's.
 */
import { enter, invite, printable } from './entrance.mjs';

await enter('tasks', async ({ space, ask, leave }) => {
  let tasks = [];
  space.db.query({ type: 'task' }).subscribe((present) => {
    tasks = present;
    const list = tasks.map(({ title, done }, at) => `${at + 1}. [${done ? 'x' : ' '}] ${printable(title)}`).join('\n');
    console.log(`\n${list || 'Nothing to do.'}`);
  });
  console.log('Type a task to add it, its number to tick it, -number to remove it, “invite”, or “quit”.');
  for (;;) {
    const line = await ask();
    const task = tasks[Math.abs(Number(line)) - 1];
    if (line === 'quit') await leave();
    else if (line === 'invite') invite(space);
    else if (task !== undefined && line.startsWith('-')) await space.db.remove(task);
    else if (task !== undefined) task.done = !task.done;
    else if (line !== '') await space.db.add({ type: 'task', title: line, done: false });
  }
});
