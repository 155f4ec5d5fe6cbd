/** A long text is folded into checkpoints, which a document is built from, and nothing of it is another text then. */
import { beforeAll, expect, test } from 'vitest';
import * as Y from 'yjs';
import type { TestDevice } from '../../../test/objects/device.ts';
import { testDevices } from '../../../test/objects/devices.ts';
import { ready } from '../crypto/sodium.ts';

beforeAll(ready);
const { device } = testDevices();

test('a long history is folded into checkpoints, and reads the same', () => {
  const one = device();
  const id = one.space.create({}, { body: '' });
  let document = one.space.document(id, 'body');
  for (let i = 0; i < 600; i++) {
    document.push(document.version, [
      { changes: [document.text().length, [0, 'x']].slice(i === 0 ? 1 : 0), clientId: 'w' },
    ]);
    one.space.flush();
  }
  const updates = () => one.storage.prepare('SELECT count(*) AS n FROM text_update').get()?.['n'];
  expect(updates()).toBe(600);
  document.close();
  expect(updates()).toBe(0);
  document = one.space.document(id, 'body');
  expect(document.text()).toBe('x'.repeat(600));
});

test('a long history is folded when everything is closed with the document open, but not what is no entry yet', () => {
  const [one, other] = [device(), device()];
  for (const { space } of [one, other]) {
    const document = space.document(space.create({}, { body: '' }), 'body');
    for (let i = 0; i < 600; i++) {
      const changes = i === 0 ? [[0, 'x']] : [i, [0, 'x']];
      document.push(document.version, [{ changes, clientId: 'w' }]);
      space.flush();
    }
  }
  const pending = other.space.document(other.space.query({})[0]?.id as string, 'body');
  pending.push(600, [{ changes: [600, [0, 'y']], clientId: 'w' }]);
  one.objects.close();
  other.objects.close();
  const updates = ({ storage }: TestDevice) => storage.prepare('SELECT count(*) AS n FROM text_update').get()?.['n'];
  expect(updates(one)).toBe(0);
  expect(updates(other)).toBe(600);
  const doc = new Y.Doc({ gc: false });
  const checkpoint = one.storage.prepare('SELECT bytes FROM text_checkpoint').get()?.['bytes'];
  Y.applyUpdateV2(doc, checkpoint as Uint8Array);
  expect(doc.getText('t:body').toString()).toBe('x'.repeat(600));
});

test('a text that was folded in the first format opens, and is folded in the second with the next change', () => {
  const one = device();
  const id = one.space.create({}, { body: 'x'.repeat(600) });
  one.space.flush();
  const { storage } = one;
  const [update] = storage.prepare('SELECT object, bytes FROM text_update').all();
  storage.prepare('INSERT INTO text_checkpoint (object, bytes) SELECT object, bytes FROM text_update').run();
  storage.exec('DELETE FROM text_update');
  const folded = () => storage.prepare('SELECT object, bytes, format FROM text_checkpoint').all();
  expect(folded()).toEqual([{ ...update, format: 1 }]);
  const document = one.space.document(id, 'body');
  expect(document.text()).toBe('x'.repeat(600));
  for (let i = 0; i < 500; i++) {
    document.push(document.version, [{ changes: [600 + i, [0, 'y']], clientId: 'w' }]);
    one.space.flush();
  }
  document.close();
  expect(folded()).toMatchObject([{ object: update?.['object'], format: 2 }]);
  const again = one.space.document(id, 'body');
  expect(again.text()).toBe('x'.repeat(600) + 'y'.repeat(500));
});
