/**
 * A member who writes text that no Yjs document ever held: it counts at all honest peers or at none, whatever order
 * entries arrive in, and takes nobody else's text with it (protocol §6.2).
 */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import type { RawEntry, Replica } from '../../../main/engine/echo/replica.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import { difference, seededRandom, sync } from './fixture.ts';
import { craft, forgeText, group, headsOf, stateOf } from './texts.ts';
import type { Crafted, Group, Writer } from './texts.ts';

beforeAll(ready);

const peer = new Uint8Array(32);
const reasons = ({ storage }: Writer): unknown[] =>
  storage
    .prepare('SELECT reason FROM quarantine ORDER BY id')
    .all()
    .map(({ reason }) => reason);
const setAside = ({ writers }: Group): unknown[] =>
  writers.map(({ storage }) => storage.prepare('SELECT count(*) AS n FROM entry WHERE status = 5').get()?.['n']);

test('text beside text that its entry had not seen counts nowhere, and what others write goes on', () => {
  const { writers, id, close } = group('past', 'abcdefgh');
  const [alice, bob, , mallory] = writers;
  const before = headsOf(alice.replica);
  alice.type(id, { at: 8, remove: 0, insert: 'Z' });
  alice.objects.flush();
  sync(alice.replica, mallory.replica);
  const beside = craft(mallory.client, [{ clock: 0, origin: [alice.client, 8], right: null, text: 'bad' }]);
  const bad = forgeText(mallory, id, beside, before);
  alice.replica.receive(peer, [bad]); // has the Z
  bob.replica.receive(peer, [bad]); // has it not
  sync(alice.replica, bob.replica);
  expect([alice.body(id), bob.body(id)]).toEqual(['abcdefghZ', 'abcdefghZ']);
  alice.type(id, { at: 9, remove: 0, insert: ' HONEST' }, { at: 0, remove: 0, insert: 'MORE ' });
  alice.objects.flush();
  sync(alice.replica, bob.replica);
  expect(bob.body(id)).toBe('MORE abcdefghZ HONEST');
  expect(stateOf(bob, id)).toEqual(stateOf(alice, id));
  expect([reasons(alice), reasons(bob)]).toEqual([['text beside unknown text'], ['text beside unknown text']]);
  close();
});

test('nor does a deletion of text that its entry had not seen', () => {
  const { writers, id, close } = group('deletes', 'abcdefgh');
  const [alice, bob, , mallory] = writers;
  const before = headsOf(alice.replica);
  alice.type(id, { at: 8, remove: 0, insert: 'Z' });
  alice.objects.flush();
  sync(alice.replica, mallory.replica);
  const bad = forgeText(mallory, id, craft(mallory.client, [], [[alice.client, 8, 1]]), before);
  alice.replica.receive(peer, [bad]);
  bob.replica.receive(peer, [bad]);
  sync(alice.replica, bob.replica);
  expect(stateOf(bob, id)).toEqual(stateOf(alice, id));
  expect([bob.body(id), reasons(bob)]).toEqual(['abcdefghZ', ['deletes unknown text']]);
  close();
});

test('every pair of neighbours: two peers agree about text between them in any order of arrival', () => {
  const { writers, id, close } = group('crossed', 'abcdefgh');
  const [alice, bob, carol, mallory] = writers;
  const known = headsOf(alice.replica);
  const outcome: Record<string, number> = { counts: 0, 'set aside': 0 };
  let last: RawEntry | undefined;
  // One entry per pair; those that count move the author's clock on.
  const forged: RawEntry[] = [];
  for (let left = -1; left < 8; left++) {
    for (let right = 0; right <= 8; right++) {
      if (left === -1 && right === 8) continue;
      const item: Crafted = {
        clock: outcome['counts'] as number,
        origin: left < 0 ? null : [alice.client, left],
        right: right === 8 ? null : [alice.client, right],
        text: 'M',
      };
      last = forgeText(mallory, id, craft(mallory.client, [item]), known, last);
      forged.push(last);
      const isHonest = right === left + 1;
      (outcome as { [name: string]: number })[isHonest ? 'counts' : 'set aside']!++;
    }
  }
  bob.type(id, { at: 3, remove: 0, insert: 'X' }, { at: 6, remove: 0, insert: 'Y' });
  bob.objects.flush();
  const honest = difference(bob.replica, alice.replica);
  alice.replica.receive(peer, forged);
  alice.replica.receive(peer, honest);
  carol.replica.receive(peer, honest);
  carol.replica.receive(peer, forged);
  for (const one of forged) bob.replica.receive(peer, [one]);
  expect(stateOf(carol, id)).toEqual(stateOf(alice, id));
  expect(stateOf(bob, id)).toEqual(stateOf(alice, id));
  expect([alice.body(id)?.replaceAll(/[^M]/g, '').length, setAside({ writers } as Group).slice(0, 3)]).toEqual([
    outcome['counts'],
    [outcome['set aside'], outcome['set aside'], outcome['set aside']],
  ]);
  close();
});

test('a text that is judged when everything is applied again is judged as it was', () => {
  const { writers, id, close } = group('again', 'abcdefgh');
  const [alice, , , mallory] = writers;
  const before = headsOf(alice.replica);
  alice.type(id, { at: 8, remove: 0, insert: 'Z' });
  alice.objects.flush();
  sync(alice.replica, mallory.replica);
  const beside = craft(mallory.client, [{ clock: 0, origin: [alice.client, 8], right: null, text: 'bad' }]);
  alice.replica.receive(peer, [forgeText(mallory, id, beside, before)]);
  const state = stateOf(alice, id);
  // As after the migration that brought the rule in.
  alice.storage.exec('UPDATE space SET state = 1');
  alice.device.restart();
  expect(alice.storage.prepare('SELECT state FROM space').get()).toEqual({ state: 0 });
  expect(stateOf(alice, id)).toEqual(state);
  close();
});

test('what a failing disk kept from being applied again is, before anything else is judged beside it', () => {
  const { writers, id, close } = group('again later', 'abcdefgh');
  const [alice, bob] = writers;
  // As after the migration that brought the rule in.
  alice.storage.exec('UPDATE space SET state = 1; DELETE FROM text_clock');
  const { transaction } = alice.storage;
  let refusals = 2; // at the start: once for this, once for what the space is told of the own identity
  alice.storage.transaction = (fn) => {
    if (refusals-- > 0) throw new CoveError('disk-failing');
    return transaction(fn);
  };
  alice.device.restart();
  const state = () => alice.storage.prepare('SELECT state FROM space').get()?.['state'];
  expect(state()).toBe(1);
  bob.type(id, { at: 8, remove: 0, insert: 'Z' });
  bob.objects.flush();
  const [replica] = alice.device.replicas.all();
  sync(replica as Replica, bob.replica);
  expect([state(), stateOf({ ...alice, replica: replica as Replica }, id)]).toEqual([0, stateOf(bob, id)]);
  close();
});

/** Updates of every kind by a member with a key of his own, over honest people who type meanwhile. */
function story(seed: number): void {
  const random = seededRandom(`hostile texts ${seed}`);
  const dice = (n: number): number => (random.bytes(1)[0] as number) % n;
  const { writers, id, close } = group(`story ${seed}`, 'abcdefgh');
  const [alice, bob, carol, mallory] = writers;
  const honest = [alice, bob, carol];
  const clients = writers.map(({ client }) => client);
  const pool: RawEntry[] = [];
  let clock = 0;

  const place = (): Crafted['origin'] =>
    dice(6) === 0 ? null : [clients[dice(4)] as number, dice(3) === 0 ? dice(clock + 3) : dice(12)];
  const lie = (): void => {
    const items: Crafted[] = [];
    for (let n = dice(3); n >= 0; n--) {
      const text = 'MNOPQ'.slice(0, 1 + dice(4));
      items.push({ clock, origin: place(), right: place(), text, field: dice(5) === 0 ? 'other' : 'body' });
      clock += text.length;
    }
    if (dice(3) === 0) clock = Math.max(0, clock - dice(6)); // as one whose text did not count would go on
    const knows = headsOf((honest[dice(3)] as Writer).replica).map(({ logId, seq }) => ({
      logId,
      seq: Math.max(1, seq - dice(3)),
    }));
    const cuts = dice(3) === 0 ? [[clients[dice(4)] as number, dice(10), 1 + dice(3)] as const] : [];
    const written = dice(8) === 0 ? [] : items;
    pool.push(forgeText(mallory, id, craft(mallory.client, written, cuts), knows, pool.at(-1)));
  };
  const typing = (writer: Writer): void => {
    const { length } = writer.body(id) ?? '';
    const at = dice(length + 1);
    writer.type(id, { at, remove: Math.min(dice(3), length - at), insert: String(dice(10)).repeat(1 + dice(3)) });
    if (dice(2) === 0) writer.objects.flush();
  };
  const hear = (writer: Writer): void => {
    const [from, reach] = [dice(pool.length + 1), 1 + dice(pool.length)];
    writer.replica.receive(peer, pool.slice(0, Math.max(from, reach)));
  };

  for (let step = 0; step < 30; step++) {
    const writer = honest[dice(3)] as Writer;
    const what = dice(6);
    if (what < 2) lie();
    else if (what < 4) typing(writer);
    else if (what === 4) hear(writer);
    else sync(writer.replica, (honest[dice(3)] as Writer).replica);
  }
  for (const writer of honest) {
    writer.objects.flush();
    writer.replica.receive(peer, pool);
  }
  for (let round = 0; round < 2; round++) for (const writer of [bob, carol]) sync(alice.replica, writer.replica);
  const [first, ...others] = honest.map((writer) => stateOf(writer, id));
  for (const other of others) expect(other, `seed ${seed}`).toEqual(first);
  // Nothing of the honest is among what was set aside.
  const theirs = alice.storage
    .prepare('SELECT count(*) AS n FROM entry e JOIN log l ON l.id = e.log WHERE e.status = 5 AND l.device_id <> ?')
    .get(mallory.device.deviceId);
  expect(theirs, `seed ${seed}`).toEqual({ n: 0 });
  // And from the start it is the same.
  bob.storage.exec('UPDATE space SET state = 1');
  bob.device.restart();
  expect(stateOf(bob, id), `seed ${seed}`).toEqual(first);
  close();
}

test.each(Array.from({ length: Number(process.env['COVE_SEEDS'] ?? 10) }, (_, i) => i))(
  'random updates of a member who follows no rule: three peers have one text and set the same aside (seed %i)',
  story,
  30_000,
);
