/**
 * The records of a halo space: what one's own devices tell one another. A record is an object; two devices may make
 * the same one at once, so readers take the union and writers go on with the first.
 *
 *   space    {spaceId, epoch, parts, p0, p1 …}   a grant as of an invitation (see putGrant), in base64
 *   device   {deviceId, name}                    what the person calls a device
 *   contact  {identityId, verifiedAt}            safety words that were compared
 */
import { base64 } from '@scure/base';
import type { Hex } from '../bytes.ts';
import type { Fields, SpaceObjects, StoredObject } from '../echo/object-types.ts';
import { brief } from '../invitation/grant-size.ts';
import { encodeGrant, readGrant } from '../invitation/messages.ts';
import type { GrantLetter } from '../invitation/messages.ts';

/** Characters of base64 in one field: with its entry well below 256 KiB. */
const PART = 96 * 1024;
/** A grant above this, 1.7 MB, is not published: at 100 kB as a rule, it would fill every device of the person. */
const MOST_PARTS = 24;

/** The key of a record's kind. */
const KEY = { space: 'spaceId', device: 'deviceId', contact: 'identityId' } as const;
export type RecordKind = keyof typeof KEY;

export function find(objects: SpaceObjects, type: RecordKind, id: Hex): StoredObject | undefined {
  return all(objects, type, id)[0];
}

/** Every record of a kind; of one thing, the first made comes first. */
export function all(objects: SpaceObjects, type: RecordKind, id?: Hex): StoredObject[] {
  return objects.query({ type, ...(id === undefined ? {} : { where: { [KEY[type]]: id } }) });
}

/** What the record is about; undefined for a record that no Cove writes. */
export function subject(record: StoredObject): Hex | undefined {
  const id = record.fields[KEY[record.type as RecordKind]];
  return typeof id === 'string' && /^[0-9a-f]{64}$/.test(id) ? id : undefined;
}

export function put(objects: SpaceObjects, type: RecordKind, id: Hex, fields: Fields): void {
  const record = find(objects, type, id);
  if (record) objects.update(record.id, fields);
  else objects.create({ type, [KEY[type]]: id, ...fields });
}

/** By space, the epoch whose keys its grant carries: what the first record of the space says. */
export function publishedEpochs(objects: SpaceObjects): ReadonlyMap<Hex, unknown> {
  const epochs = new Map<Hex, unknown>();
  for (const record of all(objects, 'space')) {
    const spaceId = subject(record);
    if (spaceId !== undefined && !epochs.has(spaceId)) epochs.set(spaceId, record.fields['epoch']);
  }
  return epochs;
}

/**
 * Keeps the grant; where it is too large as a whole, without the epochs before the present one. False when that is too
 * large as well.
 */
export function putGrant(objects: SpaceObjects, spaceId: Hex, epoch: Hex, letter: GrantLetter): boolean {
  const whole = base64.encode(encodeGrant(letter));
  const text = partsOf(whole) <= MOST_PARTS ? whole : base64.encode(encodeGrant(brief(letter, epoch)));
  const parts = partsOf(text);
  if (parts > MOST_PARTS) return false;
  objects.batch(() => {
    put(objects, 'space', spaceId, { epoch, parts });
    const { id } = find(objects, 'space', spaceId) as StoredObject;
    for (let i = 0; i < parts; i++) objects.set(id, `/p${i}`, text.slice(i * PART, (i + 1) * PART));
  });
  return true;
}

const partsOf = (text: string): number => Math.ceil(text.length / PART);

/** null while parts are on their way, and for anything that is no grant. */
export function grantOf(record: StoredObject): GrantLetter | null {
  const { parts } = record.fields;
  if (typeof parts !== 'number' || !(parts >= 1 && parts <= MOST_PARTS)) return null;
  let text = '';
  for (let i = 0; i < parts; i++) {
    const part = record.fields[`p${i}`];
    if (typeof part !== 'string') return null;
    text += part;
  }
  try {
    return readGrant(base64.decode(text));
  } catch {
    return null;
  }
}
