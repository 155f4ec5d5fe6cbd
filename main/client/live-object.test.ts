import { expect, test } from 'vitest';
import type { JsonValue } from '../engine/echo/replica.ts';
import { liveObject } from './live-object.ts';
import { pointer, type Fields, type LiveSource } from './live-place.ts';

function source(fields: Record<string, JsonValue>) {
  const writes: unknown[] = [];
  const live: LiveSource = {
    fields: () => fields,
    set: (_id, path, value) => writes.push(['set', path, value]),
    unset: (_id, path) => writes.push(['unset', path]),
    update: () => undefined,
    resolve: () => undefined,
  };
  return { live, writes };
}

test('reading gives the present fields and the id', () => {
  const { live } = source({ type: 'task', title: 'Buy milk', where: { shop: 'corner' } });
  const task = liveObject<Fields>(live, 'ab');
  expect({ ...task, where: { ...(task['where'] as object) } }).toEqual({
    id: 'ab',
    type: 'task',
    title: 'Buy milk',
    where: { shop: 'corner' },
  });
  expect(JSON.parse(JSON.stringify(task))).toEqual({
    id: 'ab',
    type: 'task',
    title: 'Buy milk',
    where: { shop: 'corner' },
  });
  expect('title' in task).toBe(true);
  expect('missing' in task).toBe(false);
});

test('assigning and deleting write registers by path', () => {
  const { live, writes } = source({ where: { shop: 'corner' } });
  const task = liveObject<{ done?: boolean; where: { shop: string } }>(live, 'ab');
  task.done = true;
  task.where.shop = 'market';
  delete task.done;
  expect(writes).toEqual([
    ['set', '/done', true],
    ['set', '/where/shop', 'market'],
    ['unset', '/done'],
  ]);
});

test('the id cannot be written', () => {
  const { live, writes } = source({});
  const task = liveObject(live, 'ab') as { id: string };
  expect(() => (task.id = 'cd')).toThrow(TypeError);
  expect(writes).toEqual([]);
});

test('keys with slashes and tildes are escaped as RFC 6901 says', () => {
  expect(pointer(['a/b', 'm~n', ''])).toBe('/a~1b/m~0n/');
});

test('being awaited reads nothing', async () => {
  const { live } = source({});
  const reads: string[] = [];
  const watched: LiveSource = {
    ...live,
    fields: (id) => {
      reads.push(id);
      return {};
    },
  };
  await (async () => liveObject(watched, 'ab'))();
  expect(reads).toEqual([]);
});
