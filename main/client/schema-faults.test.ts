/** What a schema throws, and what it may not name. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { testDevices } from '../../test/objects/devices.ts';
import { Database } from './database.ts';
import type { StandardSchema } from './standard-schema.ts';
import { defineRelation, defineType } from './types.ts';

const { device } = testDevices();
const boom = new Error('boom');
const fail = (): never => {
  throw boom;
};

test('what a check throws is the cause, of zod and of a schema that throws by itself', async () => {
  const db = new Database(device().space);
  const Checked = defineType('checked', z.object({ n: z.number().refine((n) => (n === 1 ? fail() : true)) }));
  const unusable = expect.objectContaining({
    type: 'argument-invalid',
    detail: { argument: 'schema' },
    cause: boom,
  }) as Error;
  await expect(db.add(Checked, { n: 1 })).rejects.toEqual(unusable);
  const one = await db.add(Checked, { n: 2 });
  expect(() => (one.n = 1)).toThrow(unusable);
  const own: StandardSchema<object, object> = { '~standard': { version: 1, vendor: 'own', validate: fail } };
  const refused = expect.objectContaining({ type: 'value-refused', cause: boom }) as Error;
  await expect(db.add(defineType('own', own), {})).rejects.toEqual(refused);
  const Later = defineType('later', z.object({ n: z.number().refine(async () => true) }));
  const async = { type: 'argument-invalid', cause: { message: expect.stringContaining('synchronous') as string } };
  await expect(db.add(Later, { n: 1 })).rejects.toMatchObject(async);
});

test('a schema that asks for what Cove keeps is refused where it is defined', () => {
  const refused = (name: string) =>
    expect.objectContaining({
      type: 'argument-invalid',
      detail: { argument: 'schema', reason: expect.stringContaining(`“${name}”`) as string },
    }) as Error;
  const named = z.object({ type: z.literal('x'), k: z.number() });
  expect(() => defineType('x', named)).toThrow(refused('type'));
  expect(() => defineType('x', z.discriminatedUnion('type', [named]))).toThrow(refused('type'));
  expect(() => defineRelation('x', z.object({ from: z.string() }))).toThrow(refused('from'));
  expect(() => defineType('x', z.object({ from: z.string(), place: z.object({ type: z.string() }) }))).not.toThrow();
});
