/**
 * What a program without types may hand to the SDK. Types refuse most of it; this names the argument where they do not,
 * before anything is stored or half done.
 */
import { z } from 'zod';
import { BLOB } from '../engine/blob/limits.ts';
import { ROLES } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import type { Split } from '../engine/halo/share.ts';
import type { AddBlobOptions, ReadBlobOptions } from './blobs.ts';
import type { SaveBundleOptions } from './bundles.ts';
import { Condition } from './filter.ts';
import type { ClientOptions } from './options.ts';
import type { QueryOptions } from './query-options.ts';
import type { InvitationOptions } from './invitation-options.ts';
import type { SpacesSearchOptions } from './spaces-query.ts';
import type { StepOptions } from './steps.ts';

const text = z.string();
const fn = z.custom((value) => typeof value === 'function');
const record = z.custom(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date),
);

const isPath = (value: object): boolean => 'path' in value && typeof value.path === 'string';
const id = text.regex(/^[0-9a-f]{64}$/);
const signal = z.looseObject({ aborted: z.boolean() }).optional();
const spaces = z
  .array(z.custom((value) => id.safeParse((value as { key?: unknown } | null | undefined)?.key).success))
  .optional();
const following = { onProgress: fn.optional(), signal };

export const SHAPES = {
  text,
  fn,
  id,
  flag: z.boolean(),
  channel: text.min(1).max(64),
  urls: z.array(text).readonly(),
  texts: z.array(text).readonly(),
  role: z.enum(ROLES),
  fields: record,
  limit: z.int().min(0),
  filter: z.record(text, z.union([z.instanceof(Condition), z.json()])),
  query: z.strictObject({
    order: z.array(z.union([text, z.array(text), z.looseObject({ by: z.union([text, z.array(text)]) })])).optional(),
    limit: z.int().min(0).optional(),
    after: text.optional(),
    deleted: z.union([z.boolean(), z.literal('also')]).optional(),
  } satisfies Record<keyof QueryOptions, z.ZodType>),
  amongSpaces: z.looseObject({ spaces }),
  searchSpaces: z.strictObject({ limit: z.int().min(0).optional(), spaces } satisfies Record<
    keyof SpacesSearchOptions,
    z.ZodType
  >),
  path: z.array(text).min(1),
  objectType: text.min(1),
  object: z.custom((value) => typeof (value as { id?: unknown } | undefined | null)?.id === 'string'),
  received: z.looseObject({ code: text }),
  space: z.strictObject({ name: text.optional(), coOwners: z.array(id).optional() }),
  profile: z.strictObject({ displayName: text.optional() }),
  split: z
    .strictObject({ threshold: z.int().min(2), shares: z.int().max(5) } satisfies Record<keyof Split, z.ZodType>)
    .refine(({ threshold, shares }) => threshold <= shares, { path: ['threshold'] }),
  invitation: z.strictObject({
    role: z.enum(ROLES).optional(),
    multiUse: z.boolean().optional(),
    maxUses: z.number().optional(),
    approval: z.boolean().optional(),
    lifetimeMs: z.number().optional(),
  } satisfies Record<keyof InvitationOptions, z.ZodType>),
  archive: z.strictObject({ ...following, password: text, blobs: z.boolean().optional() }),
  compact: z.strictObject({ ...following, olderThanMs: z.number().min(0).optional() }),
  saveBundle: z.strictObject({
    ...following,
    spaces: z.array(id).optional(),
    to: z.array(id).optional(),
    everything: z.boolean().optional(),
  } satisfies Record<keyof SaveBundleOptions, z.ZodType>),
  steps: z.strictObject({ texts: z.boolean().optional() } satisfies Record<keyof StepOptions, z.ZodType>),
  moment: text.regex(/^[0-9a-f]{48}$/),
  time: z.number(),
  page: z.strictObject({ before: text.optional(), limit: z.int().min(1).optional() }),
  selection: z.strictObject({ start: z.int().min(0), end: z.int().min(0) }).optional(),
  work: z.strictObject(following),
  whose: z.union([z.strictObject({ identityId: id }), z.strictObject({ deviceId: id })]),
  blobSource: z.custom(
    (value) =>
      value instanceof Uint8Array ||
      (typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || isPath(value))),
  ),
  addBlob: z.strictObject({
    name: text.max(BLOB.name).optional(),
    type: text.max(BLOB.type).optional(),
    ...following,
  } satisfies Record<keyof AddBlobOptions, z.ZodType>),
  readBlob: z.strictObject({
    wait: z.boolean().optional(),
    signal,
  } satisfies Record<keyof ReadBlobOptions, z.ZodType>),
  client: z.strictObject({
    dataDir: text.optional(),
    meetingPoints: z.array(text).optional(),
    bind: text.optional(),
    iceServers: z.array(text.startsWith('stun:')).optional(),
    turnServers: z.array(text).optional(),
    proxy: text.optional(),
    systemProxy: fn.optional(),
    ownMeetingPoint: z.boolean().optional(),
    meetingPointPort: z.int().min(0).max(65_535).optional(),
    meetingPointFormerPorts: z.array(z.int().min(0).max(65_535)).max(4).readonly().optional(),
    lan: z.boolean().optional(),
    lanAddresses: z.array(text).optional(),
    carry: z.boolean().optional(),
    deviceName: text.optional(),
    spaceQuota: z.number().min(0).optional(),
    blobQuota: z.number().min(0).optional(),
    totalBlobQuota: z.number().min(0).optional(),
    keychain: z.looseObject({ get: fn, set: fn, delete: fn }).optional(),
    log: fn.optional(),
  } satisfies Record<keyof ClientOptions, z.ZodType>),
} as const;

function faultOf(shape: z.ZodType, value: unknown): z.ZodError | 'too-deep' | undefined {
  try {
    return shape.safeParse(value).error;
  } catch (error) {
    if (error instanceof RangeError) return 'too-deep'; // it is walked through by recursion
    throw error;
  }
}

/** Throws CoveError('argument-invalid'); its `argument` is the name, and inside an object the path to what is wrong. */
export function check(argument: string, shape: z.ZodType, value: unknown): void {
  const error = faultOf(shape, value);
  if (error === 'too-deep') throw new CoveError('argument-invalid', { argument });
  if (error === undefined) return;
  const issue = error.issues[0];
  const at = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : (issue?.path ?? []);
  throw new CoveError('argument-invalid', { argument: [argument, ...at].map(String).join('.').slice(0, 200) });
}
