/** Undo and redo as a program asks for them, over a restart of the client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import { Client, type Identified, type Space } from './index.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'cove-steps-'));
const keychain = createMemoryKeychain();
const make = () => new Client({ dataDir, keychain, meetingPoints: [], bind: '127.0.0.1' });
let client = make();
let space: Space;
beforeAll(async () => {
  await client.initialize();
  await client.halo.createProfile();
  space = await client.echo.createSpace({ name: 'Home' });
});
afterAll(async () => {
  await client.destroy();
  rmSync(dataDir, { recursive: true, force: true });
});

async function again(): Promise<void> {
  await client.destroy();
  client = make();
  await client.initialize();
  space = client.echo.getSpace(space.key);
}

test('what was done before a restart is undone after it, and made again after the next', async () => {
  const id = space.objects.create({ type: 'note', title: 'Beans', rows: 3 }, { body: 'climb' });
  const plan = { id };
  space.objects.flush();
  space.objects.set(id, '/title', 'Peas');
  space.objects.flush();
  const fields = () => space.objects.fields(id);
  await again();
  expect([space.steps.canUndo(plan, { texts: true }), space.steps.canUndo(plan), space.steps.canRedo(plan)]).toEqual([
    false,
    true,
    false,
  ]);
  expect([await space.steps.undo(plan), fields()?.['title']]).toEqual([true, 'Beans']);
  await again();
  expect([space.steps.canRedo(), await space.steps.redo(), fields()?.['title']]).toEqual([true, true, 'Peas']);
  expect([await space.steps.redo(), await space.steps.redo(plan)]).toEqual([false, false]);
  space.db.batch(() => {
    space.objects.set(id, '/title', 'Corn');
    space.objects.set(id, '/rows', 9);
  });
  await again();
  expect([await space.steps.undo(), fields()]).toEqual([true, { type: 'note', title: 'Peas', rows: 3 }]);
});

test('a batch is one step, with what it did to sets and whom it removed', async () => {
  const [plan, other] = [await space.db.add({ type: 'plan', rows: 1 }), await space.db.add({ type: 'other' })];
  const beds = space.db.set<string>(plan, 'beds');
  beds.add('north');
  const all = () => [plan.rows, [...beds], space.db.query({ type: 'other' }).count];
  space.db.batch(() => {
    plan.rows = 2;
    beds.delete('north');
    beds.add('south', 'east');
    void space.db.remove(other);
  });
  expect(all()).toEqual([2, ['east', 'south'], 0]);
  expect([await space.steps.undo(), all()]).toEqual([true, [1, ['north'], 1]]);
  expect([await space.steps.redo(), all()]).toEqual([true, [2, ['east', 'south'], 0]]);
});

test('what is no object or no option is refused by name, and what is not here is said', async () => {
  const wrong = (object: unknown, options?: unknown) => () =>
    space.steps.canUndo(object as Identified, options as { texts?: boolean });
  for (const object of [null, 'id', {}]) {
    expect(wrong(object)).toThrow(expect.objectContaining({ type: 'argument-invalid' }));
  }
  for (const options of [null, { text: true }, { texts: 1 }]) {
    expect(wrong(undefined, options)).toThrow(expect.objectContaining({ type: 'argument-invalid' }));
  }
  await expect(space.steps.undo({ id: '00'.repeat(16) })).rejects.toMatchObject({ type: 'object-not-found' });
  await expect(space.steps.redo({ id: 'x' })).rejects.toMatchObject({ type: 'object-not-found' });
});
