/** The floor of (a) writes what objects took, and nothing of what a profile takes before it has any. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { adds } from './objects.ts';

beforeAll(ready);

test('a database grows by nothing where nothing is added, and by what is', async () => {
  expect((await adds(() => undefined)).bytes).toBe(0);
  const title = 'x'.repeat(100_000);
  expect((await adds((db) => db.add({ type: 'note', title }))).bytes).toBeGreaterThan(title.length);
});
