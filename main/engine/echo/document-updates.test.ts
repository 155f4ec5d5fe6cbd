/** What peers send as text of an open document: checked first, shown as Yjs keeps it, and taken back where it no longer counts. */
import { beforeAll, expect, test } from 'vitest';
import * as Y from 'yjs';
import { exchange } from '../../../test/objects/device.ts';
import type { TestDevice } from '../../../test/objects/device.ts';
import { testDevices } from '../../../test/objects/devices.ts';
import { ready } from '../crypto/sodium.ts';
import { yjsClientId } from '../crypto/keys.ts';

beforeAll(ready);
const { device, removeAll } = testDevices();

/** What a peer that breaks the rules could send as text of an object. */
function attack(make: (doc: Y.Doc, client: number) => Uint8Array): { rejected: readonly string[]; text: string } {
  const [victim, attacker] = [device(), device()];
  const id = victim.space.create({}, { body: 'safe' });
  exchange(victim, attacker);
  const doc = new Y.Doc({ gc: false });
  for (const row of attacker.storage.prepare('SELECT bytes FROM text_update').all()) {
    Y.applyUpdate(doc, row['bytes'] as Uint8Array);
  }
  const client = yjsClientId(attacker.replica.logId);
  doc.clientID = client;
  const update = make(doc, client);
  attacker.objects.apply = () => undefined; // what is sent is not first judged by the sender
  attacker.replica.append([[Buffer.from(id, 'hex'), null, update]]);
  exchange(victim, attacker);
  const text = victim.space.get(id, { texts: true })?.texts?.['body'] ?? 'none';
  const rejected = victim.replica.rejected;
  removeAll();
  return { rejected, text };
}

const since = (doc: Y.Doc, change: () => void): Uint8Array => {
  const before = Y.encodeStateVector(doc);
  change();
  return Y.encodeStateAsUpdate(doc, before);
};

test('an honest update passes the check that refuses every other kind', () => {
  expect(attack((doc) => since(doc, () => doc.getText('t:body').insert(4, ' and sound')))).toEqual({
    rejected: [],
    text: 'safe and sound',
  });
  const attacks: Record<string, (doc: Y.Doc, client: number) => Uint8Array> = {
    'text by another client': (doc) => {
      doc.clientID = 5;
      return since(doc, () => doc.getText('t:body').insert(0, 'x'));
    },
    'a gap in the clocks': (doc) => {
      doc.getText('t:body').insert(0, 'x');
      return since(doc, () => doc.getText('t:body').insert(1, 'y'));
    },
    'content that is no text': (doc) => since(doc, () => doc.getText('t:body').insertEmbed(0, { image: 1 })),
    'text outside a text field': (doc) => since(doc, () => doc.getText('elsewhere').insert(0, 'x')),
    'a keyed struct': (_doc, client) => {
      const other = new Y.Doc();
      other.clientID = client;
      return since(other, () => other.getText('t:body').setAttribute('a', 'b'));
    },
    'text beside unknown text': (_doc, client) => {
      const other = new Y.Doc({ gc: false });
      other.clientID = 77;
      other.getText('t:body').insert(0, 'unknown');
      const before = Y.encodeStateVector(other);
      other.clientID = client;
      other.getText('t:body').insert(3, 'x');
      return Y.encodeStateAsUpdate(other, before);
    },
    'deletes unknown text': () => {
      const other = new Y.Doc({ gc: false });
      other.clientID = 77;
      other.getText('t:body').insert(0, 'unknown');
      const before = Y.encodeStateVector(other);
      other.getText('t:body').delete(0, 3);
      return Y.encodeStateAsUpdate(other, before);
    },
    'undecodable text update': () => Uint8Array.of(1, 2, 3),
  };
  for (const [reason, make] of Object.entries(attacks)) {
    const { rejected, text } = attack(make);
    expect([reason, text, rejected.length]).toEqual([reason, 'safe', 1]);
    const alternatives = reason === 'a keyed struct' ? [reason, 'content that is no text'] : [reason];
    expect(alternatives).toContain(rejected[0]);
  }
});

test('carriage returns from elsewhere are shown by a symbol, so that positions agree', () => {
  const { text } = attack((doc) => since(doc, () => doc.getText('t:body').insert(4, '\r\n')));
  expect(text).toBe('safe\u240d\n');
});

test('text typed for a log that has ended is made again for the present one', () => {
  const [a, b] = [device(), device()];
  const id = a.space.create({}, { body: 'one' });
  const document = a.space.document(id, 'body');
  document.push(0, [{ changes: [3, [0, ' two']], clientId: 'w' }]);
  expect(a.space.pendingCount()).toBe(1);
  a.replica.startNewLog();
  document.push(1, [{ changes: [7, [0, ' three']], clientId: 'w' }]);
  a.space.flush();
  exchange(a, b);
  const body = (one: TestDevice) => one.space.get(id, { texts: true })?.texts?.['body'];
  expect([b.replica.rejected, document.text(), body(a), body(b)]).toEqual([
    [],
    ...Array<string>(3).fill('one two three'),
  ]);
});

test('when entries no longer count, rows, texts and open documents follow', () => {
  const [a, b] = [device(), device()];
  const id = a.space.create({ title: 'kept' }, { body: 'kept' });
  exchange(a, b);
  const gone = b.space.create({ title: 'gone' });
  const theirs = b.space.document(id, 'body');
  theirs.push(0, [{ changes: [4, [0, ' gone']], clientId: 'w' }]);
  b.space.flush();
  exchange(a, b);
  const document = a.space.document(id, 'body');
  document.push(0, [{ changes: [9, [0, ' mine']], clientId: 'w' }]);
  document.push(1, [{ changes: [14, [0, '!']], clientId: 'w' }]); // still pending
  expect([a.space.count(), a.space.search('gone', 9).length]).toEqual([2, 2]);
  const counting = a.replica.written; // b's entries do not count, nor does what was built beside them here
  a.storage.transaction(() => {
    a.objects.reset?.(1);
    for (const { entry, items } of a.replica.itemsOf(counting.slice(0, 1))) a.objects.apply(entry, items);
  });
  a.objects.committed(1);
  expect([a.space.count(), a.space.get(gone), a.space.search('gone', 9)]).toEqual([1, undefined, []]);
  expect(a.space.get(id)?.fields).toEqual({ title: 'kept' });
  expect(document.text()).toBe(a.space.get(id, { texts: true })?.texts?.['body']);
  expect(document.text().startsWith('kept')).toBe(true);
});
