/** Messages of programs between whole Coves: to members who are connected, not to those who may not read, and stored nowhere. */
import { expect, test } from 'vitest';
import { computers, share, until } from './clients.ts';

const all = computers();

test('a reader hears and answers, another space hears nothing, and a removed member may say nothing more', async () => {
  const [ada, bob] = [(await all.start('ada')).client, (await all.start('bob')).client];
  await ada.halo.createProfile({ displayName: 'Ada' });
  await bob.halo.createProfile({ displayName: 'Bob' });
  const space = await ada.echo.createSpace({ name: 'Chess' });
  const other = await ada.echo.createSpace({ name: 'Other' });
  const theirs = await share(space, bob, 'reader');
  const heard: unknown[] = [];
  theirs.listen('chess', (value, { identityId }) => {
    heard.push([value, identityId === ada.halo.profile?.identityId]);
    theirs.post('chess', { heard: value });
  });
  theirs.listen('other', (value) => heard.push(value));
  const answers: unknown[] = [];
  space.listen('chess', (value) => answers.push(value));
  other.listen('chess', (value) => answers.push(value));
  await until('they are connected', () => space.peers.some(({ connected }) => connected));
  const entries = space.objects.query().length;
  await until('an answer', () => {
    if (answers.length === 0) space.post('chess', { move: 'e4' });
    return answers.length > 0;
  });
  expect(heard[0]).toEqual([{ move: 'e4' }, true]);
  expect(answers[0]).toEqual({ heard: { move: 'e4' } });
  expect(space.objects.query().length).toBe(entries);
  expect(() => space.post('', 1)).toThrow(expect.objectContaining({ type: 'argument-invalid' }));
  expect(() => space.post('a', 'x'.repeat(17_000))).toThrow(expect.objectContaining({ type: 'message-too-large' }));

  const events: number[] = [];
  const cancel = theirs.subscribe(({ objects }) => events.push(objects.size));
  space.removeMember(bob.halo.profile?.identityId ?? '');
  await until('he knows', () => theirs.role === undefined);
  expect(events).toContain(0);
  cancel();
  expect(() => theirs.post('chess', 1)).toThrow(expect.objectContaining({ type: 'not-permitted' }));
});
