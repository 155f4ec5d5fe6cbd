/**
 * What a space is at a moment, as one hash: SHA-256 over the heads of its logs, its members, and each object, deleted
 * ones included, in the order of ids. Two devices with the same entries have the same. Wall clocks are left out: they
 * are for display.
 *
 *   state = heads ‖ members ‖ objects;  heads = sorted (logId 16 B ‖ seq u64 ‖ hash 32 B);  members = sorted (identityId 32 B ‖ role ‖ 0)
 *   object = SHA-256 of the canonical JSON of [id, deleted, fields, texts]
 */
import { concat, fromHex, toHex, u64be, utf8 } from '../bytes.ts';
import { Sha256, sha256 } from '../crypto/hash.ts';
import { canonical } from '../echo/json-value.ts';
import type { SpaceObjects, StoredObject } from '../echo/object-types.ts';
import type { JsonValue, LogHead, Replica } from '../echo/replica.ts';

const PAGE = 200;

/**
 * `heads`: those that count, up to which everything is here. `between` is awaited after each page: other work goes on, and throwing there
 * ends it.
 */
export async function stateHash(
  replica: Replica,
  objects: SpaceObjects,
  heads: readonly LogHead[],
  between: () => Promise<void>,
): Promise<Uint8Array> {
  const hash = new Sha256();
  const places = heads.map(([logId, seq, hash]) => {
    return [toHex(logId), concat(logId, u64be(seq), hash)] as const;
  });
  hash.update(...places.sort(byName).map(([, bytes]) => bytes));
  const members = replica.authority().members.map(({ identityId, role }) => {
    return [identityId, concat(fromHex(identityId), utf8(role), Uint8Array.of(0))] as const;
  });
  hash.update(...members.sort(byName).map(([, bytes]) => bytes));
  const found: (readonly [id: string, digest: Uint8Array])[] = [];
  for (let after: string | undefined; ;) {
    const page = objects.page({ deleted: 'also', texts: true, limit: PAGE, ...(after !== undefined && { after }) });
    for (const object of page.objects) found.push([object.id, digest(object)]);
    if (page.next === undefined) break;
    after = page.next;
    await between();
  }
  hash.update(utf8(canonical(objects.spaceFields() as JsonValue)));
  hash.update(...found.sort(byName).map(([, bytes]) => bytes));
  return hash.digest();
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : one > other ? 1 : 0;

/** A text without a letter counts as none. */
function digest({ id, deleted, fields, texts = {} }: StoredObject): Uint8Array {
  const written = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''));
  return sha256(utf8(canonical([id, deleted, fields as JsonValue, written])));
}
