/** Every plan that ever broke something holds now. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { corpus } from './corpus.ts';
import { simulate } from './simulation.ts';

beforeAll(ready);

test.each(corpus())('$name', async ({ kept: { plan } }) => {
  const { broken } = await simulate(plan);
  expect(broken).toBeUndefined();
});
