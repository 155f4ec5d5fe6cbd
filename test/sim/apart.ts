/** Several spaces of the same people stay apart: each has its own keys and its own words, and only who was let in holds it. */
import { toHex } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import type { Replica } from '../../main/engine/echo/replica.ts';
import { Broken } from './invariants.ts';
import { contentOf } from './ledger.ts';
import type { World } from './world.ts';

/** Once all agree. */
export function checkApart({ peers, spaces, ledger, invitations, lies, count }: World): void {
  const home = new Map(ledger.edits.map(({ n, space }) => [n, space]));
  const keys = new Map<string, Hex>();
  for (const peer of peers.filter(({ running }) => running)) {
    for (const [space, founder] of spaces) {
      const replica = peer.replica(space);
      if (replica === undefined) continue;
      const letIn = peer.person === founder.person || invitations.given.has(`${peer.person} ${space}`);
      if (!letIn) throw new Broken('spaces stay apart', `${peer.name} holds a space that he was not let into`);
      for (const key of keysOf(peer.profile.storage, replica)) {
        if ((keys.get(key) ?? space) !== space) throw new Broken('spaces stay apart', 'two of them share a key');
        keys.set(key, space);
      }
      if (lies.isTeller(peer)) continue;
      for (const { object, tokens } of contentOf(peer, space).values()) {
        const fields = Object.keys(object.fields).flatMap((name) => /^e(\d+)$/.exec(name)?.[1] ?? []);
        for (const n of [...tokens, ...fields.map(Number)]) {
          if ((home.get(n) ?? space) !== space)
            throw new Broken('spaces stay apart', `${peer.name} finds edit ${n} in a space that it was not made in`);
          count('edit in its own space');
        }
      }
    }
  }
}

const keysOf = (storage: World['peers'][number]['profile']['storage'], { row }: Replica): string[] =>
  storage
    .prepare('SELECT key FROM epoch_key WHERE space = ?')
    .all(row)
    .map(({ key }) => toHex(key as Uint8Array));
