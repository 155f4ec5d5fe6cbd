/** Packs in the database: none takes the place of what it does not give, and none gives anything else. */
import { beforeAll, expect, test } from 'vitest';
import { note, pair } from '../../../test/engine/log/fixture.ts';
import { ready } from '../crypto/sodium.ts';
import { readHeader } from './entry.ts';
import type { Header } from './entry.ts';
import { PackStore } from './pack-store.ts';
import { encodePack, takeApart } from './payload-packs.ts';
import type { PayloadParts } from './payload-packs.ts';

beforeAll(ready);

/** Three entries of one's own, and what their payloads are made of. */
function written() {
  const { a, space } = pair();
  for (const word of ['one', 'two', 'three']) space.append(note(word));
  const { entryKey } = space.contentEpoch();
  const sealed = space.read([space.logId, 1, 100], 1 << 20).flatMap(([bytes, payload]) => {
    const header = readHeader(bytes) as Header;
    const parts = payload && header.kind === 0 && takeApart(space.spaceId, header, payload, entryKey);
    return parts ? [{ header, payload, parts }] : [];
  });
  const packed = (payloads: readonly PayloadParts[]) => encodePack({ entryKey, payloads });
  return { a, space, sealed, parts: sealed.map((one) => one.parts), packed, store: new PackStore(a.storage, space) };
}

test('a pack that does not give every payload takes the place of none', () => {
  const { a, sealed, parts, packed, store } = written();
  expect(sealed).toHaveLength(3);
  const [first, second, third] = parts as [PayloadParts, PayloadParts, PayloadParts];
  const other = { ...second, content: third.content };
  const nonce = { ...second, nonce: third.nonce };
  for (const wrong of [
    [first, other, third],
    [first, nonce, third],
    [first, third, second],
    [first, second],
  ]) {
    expect(store.replace(sealed, packed(wrong))).toBe(false);
  }
  expect(store.replace([], packed([]))).toBe(false);
  expect(a.storage.prepare('SELECT count(*) AS n FROM payload_pack').get()).toEqual({ n: 0 });
  expect(a.storage.prepare("SELECT count(*) AS n FROM entry WHERE payload = x''").get()).toEqual({ n: 0 });
  expect(store.replace(sealed, packed(parts))).toBe(true);
  expect(sealed.map(({ header }) => store.payload(header, new Uint8Array()))).toEqual(sealed.map((one) => one.payload));
});

test('a pack whose content changed gives an error, not another payload', () => {
  const { a, space, sealed, parts, packed, store } = written();
  store.replace(sealed, packed(parts));
  const [first, second, third] = parts as [PayloadParts, PayloadParts, PayloadParts];
  const changed = packed([first, { ...second, content: third.content }, third]);
  a.storage.prepare('UPDATE payload_pack SET bytes = ?').run(changed);
  const again = new PackStore(a.storage, space);
  const read = (n: number) => again.payload(sealed[n]?.header as Header, new Uint8Array());
  expect(read(0)).toEqual(sealed[0]?.payload);
  expect(() => read(1)).toThrow(expect.objectContaining({ type: 'database-damaged' }));
  expect(read(2)).toEqual(sealed[2]?.payload);
});
