/** What a type makes of stored objects is worked out once, and given to many. */
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { testDevices } from '../../test/objects/devices.ts';
import { ready } from '../engine/crypto/sodium.ts';
import { Database } from './database.ts';
import { defineType } from './types.ts';

beforeAll(ready);
const { device } = testDevices();

test('what a migration made of an object is nobody’s to change: others see the same', async () => {
  const db = new Database(device().space);
  const schema = z.object({ tags: z.array(z.object({ label: z.string() })).default([]) });
  const Plain = defineType('labelled', schema, { sets: ['tags'] });
  const migrations = { 2: ({ tags }: Record<string, unknown>) => ({ tags: tags as { label: string }[] }) };
  const Later = defineType('labelled', schema, { sets: ['tags'], migrations });
  const { id } = await db.add(Plain, { tags: [{ label: 'home ' }] });
  for (const type of [Plain, Later]) {
    const [tag] = db.get(type, id)?.tags.values() ?? [];
    expect(() => Object.assign(tag ?? {}, { label: 'home' })).toThrow(TypeError);
    expect(db.get(type, id)?.tags.values()).toEqual([{ label: 'home ' }]);
  }
});
