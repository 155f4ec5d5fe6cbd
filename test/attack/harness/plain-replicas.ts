/** The Replicas seam with spaces that are rows and members that are a list: enough to be invited into. */
import { equal, toHex } from '../../../main/engine/bytes.ts';
import type { Replica, Replicas, Role } from '../../../main/engine/echo/replica.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import type { Identity } from '../../../main/engine/halo/identity.ts';
import type { Clock, Random, Storage } from '../../../main/engine/ports.ts';

export function plainReplicas(parts: { storage: Storage; identity: Identity; random: Random; clock: Clock }): Replicas {
  const { storage, identity, random, clock } = parts;
  storage.exec('CREATE TABLE IF NOT EXISTS plain_member(space INTEGER, entry BLOB, role TEXT, identity BLOB)');
  const load = (row: Record<string, unknown>): Replica => {
    const spaceId = row['space_id'] as Uint8Array;
    const own = row['kind'] === 0;
    const role: Role = own ? 'owner' : 'editor';
    return { spaceId, key: toHex(spaceId), row: row['id'] as number, ownRole: () => role } as unknown as Replica;
  };
  const all = (): Replica[] => storage.prepare('SELECT * FROM space ORDER BY id').all().map(load);
  const get = (spaceId: Uint8Array): Replica | undefined => all().find((replica) => equal(replica.spaceId, spaceId));
  const insert = (spaceId: Uint8Array, kind: number): Replica => {
    storage
      .prepare('INSERT INTO space(space_id, kind, genesis, state, created) VALUES (?, ?, ?, 0, ?)')
      .run(spaceId, kind, spaceId, clock.now());
    return get(spaceId) as Replica;
  };
  return {
    all,
    get,
    create: () => storage.transaction(() => insert(random.bytes(32), 0)),
    admit: (space, { role, chain }, within) =>
      storage.transaction(() => {
        const entry = random.bytes(32);
        storage
          .prepare('INSERT INTO plain_member VALUES (?, ?, ?, ?)')
          .run(space.row, entry, role, chain[0] as Uint8Array);
        within(entry);
        return entry;
      }),
    grant: (space, _identityId, admitEntryHash) => ({
      genesis: [space.spaceId, null],
      control: [],
      keyRing: [random.bytes(64)],
      role: 'editor',
      admitEntryHash,
    }),
    join: (grant, _host, within) =>
      storage.transaction(() => {
        if (get(grant.genesis[0])) throw new CoveError('already-member');
        const replica = insert(grant.genesis[0], 1);
        within?.(replica);
        return replica;
      }),
    onChange: () => () => undefined,
  } satisfies Replicas & { identity?: typeof identity };
}
