import { beforeAll, expect, test } from 'vitest';
import { difference, forge, note, pair, quarantined, seededRandom, sync } from '../../../test/engine/log/fixture.ts';
import type { Device, Forgery } from '../../../test/engine/log/fixture.ts';
import { concat, toHex, u32be } from '../bytes.ts';
import { logId } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import { encodeControl } from './control.ts';
import { ENTRY_KIND } from './entry.ts';
import type { RawEntry, Replica } from './replica.ts';

beforeAll(ready);

const peer = new Uint8Array(32);
const statuses = (of: Device): number[] =>
  of.storage
    .prepare('SELECT status FROM entry')
    .all()
    .map((row) => row['status'] as number);

test('a forged entry is refused: other signature, broken chain, wrong log, changed payload', () => {
  const { a, b, space, joined } = pair();
  const cases: Record<string, RawEntry> = {
    'signed by somebody else': forge(b, joined, { keys: a.keys }),
    'chain broken': forge(b, joined, { prev: new Uint8Array(32).fill(9) }),
    'a log nobody opened': forge(b, joined, { logId: new Uint8Array(16).fill(9) }),
    'payload exchanged': [forge(b, joined)[0], new Uint8Array(104)],
    'payload longer than it says': forge(b, joined, { payloadLength: 5 }),
    'over the limit': forge(b, joined, { payload: new Uint8Array(256 * 1024 + 1) }),
  };
  const before = JSON.stringify(space.have());
  for (const [name, raw] of Object.entries(cases)) {
    expect([name, space.receive(peer, [raw]).stored]).toEqual([name, 0]);
  }
  expect(JSON.stringify(space.have())).toBe(before);
  // The same path with nothing forged: the checks above can fail.
  expect(space.receive(peer, [forge(b, joined)]).stored).toBe(1);
});

test('a log id must belong to device, incarnation and space', () => {
  const { a, b, space } = pair();
  const open = (of: Uint8Array, id: Uint8Array): Forgery => ({
    kind: ENTRY_KIND.control,
    seq: 1,
    prev: new Uint8Array(32),
    logId: id,
    payload: encodeControl(['LogOpen', { deviceId: b.deviceId, incarnation: new Uint8Array(16), identityId: of }]),
  });
  const foreign = forge(b, space, open(b.identityId, logId(new Uint8Array(32), b.deviceId, new Uint8Array(16))));
  expect(space.receive(peer, [foreign])).toMatchObject({ stored: 0, violation: 'a log of another space' });
  const right = forge(b, space, open(b.identityId, logId(space.spaceId, b.deviceId, new Uint8Array(16))));
  expect(space.receive(peer, [right]).stored).toBe(1);
  expect(a.replicas.all()).toHaveLength(1);
});

test('content no honest device writes is quarantined and the chain goes on', () => {
  const { a, b, space, joined } = pair();
  const bad = forge(b, joined, { payload: new Uint8Array(104).fill(1) });
  expect(space.receive(peer, [bad]).stored).toBe(1);
  expect(quarantined(a)).toEqual(['payload does not open']);
  expect([space.setAside(), joined.setAside()]).toEqual([1, 0]);
  const control = forge(b, joined, { after: bad, kind: ENTRY_KIND.control, payload: Uint8Array.of(0xff) });
  expect(space.receive(peer, [control]).stored).toBe(1);
  expect(quarantined(a)).toEqual(['payload does not open', 'unreadable control entry']);
});

test('an entry that depends on an unknown log waits and says what it waits for', () => {
  const { a, b, space, joined } = pair();
  const nowhere = new Uint8Array(16).fill(5);
  const raw = forge(b, joined, { deps: [{ logId: nowhere, log: toHex(nowhere), seq: 3 }] });
  const result = space.receive(peer, [raw]);
  expect(result).toEqual({ stored: 1, missing: [[nowhere, 1, 3]] });
  expect(a.sink.applied.size).toBe(0);
  a.restart();
  expect(a.replicas.get(space.spaceId)?.receive(peer, []).missing).toEqual([[nowhere, 1, 3]]);
});

test("a reader's data entries count nowhere", () => {
  const { a, b, space, joined } = pair({}, 'reader');
  expect(() => joined.append(note('no'))).toThrow('Your role');
  const raw = forge(b, joined);
  expect(space.receive(peer, [raw]).stored).toBe(1);
  expect(statuses(a)).toContain(3);
  expect(a.sink.applied.size).toBe(0);
  // Nor do they once others go on writing, nor after a restart.
  space.append(note('mine'));
  a.restart();
  expect(a.sink.texts(space)).toEqual(['mine']);
  // Made an editor, what he wrote counts.
  const again = a.replicas.get(space.spaceId) as Replica;
  again.appendControl({ type: 'MemberRole', identityId: b.identityId, role: 'editor' });
  expect(a.sink.texts(again).sort()).toEqual(['forged', 'mine']);
});

test('a run is stored up to its last valid signature', () => {
  const { space, joined } = pair();
  for (let i = 0; i < 5; i++) joined.append(note(`n${i}`));
  const run = difference(joined, space);
  const broken = run.map(([header, payload], i): RawEntry => {
    if (i !== 4) return [header, payload];
    const copy = header.slice();
    copy[copy.length - 1] = (copy.at(-1) as number) ^ 1;
    return [copy, payload];
  });
  const result = space.receive(peer, broken);
  expect(result.stored).toBe(4);
  expect(result.missing.map(([, from, to]) => [from, to])).toEqual([[6, 6]]);
  expect(space.receive(peer, run).stored).toBe(1);
});

test('whatever arrives, receiving never throws and never changes what was', () => {
  const { a, b, space, joined } = pair();
  for (let i = 0; i < 6; i++) joined.append(note(`n${i}`));
  const good = difference(joined, space);
  const random = seededRandom('hostile');
  const before = a.sink.state(space);
  const count = Number(process.env['COVE_FUZZ'] ?? 2000);
  for (let i = 0; i < count; i++) {
    const [header, payload] = good[i % good.length] as RawEntry;
    const copy = header.slice();
    const [at, value, cut] = random.bytes(3) as unknown as [number, number, number];
    copy[at % copy.length] = value;
    const mutated: unknown[] = [
      [copy, payload],
      [header.subarray(0, cut), payload],
      [header, null],
      [header, concat(payload as Uint8Array, u32be(i))],
      [random.bytes(184), random.bytes(cut)],
      null,
      [1, 2],
    ];
    const result = space.receive(peer, [mutated[i % mutated.length] as RawEntry]);
    expect(result.stored).toBeLessThanOrEqual(1);
  }
  expect(a.sink.state(space) === before || a.sink.texts(space).every((text) => /^n\d$/.test(text))).toBe(true);
  sync(space, joined);
  expect(a.sink.state(space)).toBe(b.sink.state(joined));
});
