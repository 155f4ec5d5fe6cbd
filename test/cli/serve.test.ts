/** `cove serve` beside another one, and after an end that nobody asked for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withSdk } from '../docs/programs.ts';
import { overBroker, type Person } from './cove.ts';

/** More than come between the line that says who is connected and the kill. */
const NOTES = 3_000;

let ana: Person;
let ben: Person;

withSdk();
overBroker((newcomer) => {
  [ana, ben] = [newcomer(), newcomer()];
});

test('a second one on a profile says so and ends; killed while it receives, the first goes on where it was', async () => {
  await ana.cove('identity', 'create', 'Ana');
  await ben.cove('identity', 'create', 'Ben');
  await ana.cove('spaces', 'create', 'House');
  const inviting = ana.start('invite', 'House', '--no-qr');
  const joining = ben.start('join', await inviting.seen(/^(COVE\S+)$/im));
  await joining.seen(/Six digits: $/);
  joining.say(await inviting.seen(/^(\d{6})$/m));
  expect(await joining.ended).toMatchObject({ code: 0 });
  await inviting.ended;

  const folder = join(ana.folder, 'notes');
  mkdirSync(folder);
  for (let n = 0; n < NOTES; n++) writeFileSync(join(folder, `${n}.md`), `# ${n}\n\n${'Beans climb. '.repeat(300)}\n`);
  expect(await ana.cove('import', 'House', 'notes')).toMatchObject({ code: 0 });

  const first = ben.start('serve');
  await first.seen(/“House” \w+: nobody connected/);
  const second = await ben.cove('serve');
  expect(second).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^Cove is already running .*\.\n$/) });

  const serving = ana.start('serve');
  await first.seen(/“House” \w+: 1 connected/);
  first.kill();
  expect(await first.ended).toMatchObject({ code: null, err: '' });
  const before = Number((await ben.cove('query', 'House', '--count')).out);
  expect(before, 'killed before it had everything').toBeLessThan(NOTES);

  const again = ben.start('serve');
  await again.seen(/“House” \w+: 1 connected, up to date/);
  for (const one of [again, serving]) {
    one.interrupt();
    expect(await one.ended).toMatchObject({ code: 0, err: '' });
  }
  expect((await ben.cove('query', 'House', '--count')).out).toBe(`${NOTES}\n`);
}, 180_000);
