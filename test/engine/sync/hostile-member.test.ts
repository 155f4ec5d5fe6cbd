/** A member's device that breaks the session's rules: it is cut off, put off, and the honest side stays small and right. */
import { beforeAll, expect, test } from 'vitest';
import { encode } from 'cborg';
import { toHex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import type { LogHead } from '../../../main/engine/echo/replica.ts';
import type { Frame } from '../../../main/engine/mesh/frames.ts';
import { MESH } from '../../../main/engine/mesh/limits.ts';
import { HELLO, stage } from './stage.ts';
import { replicaOf } from './world.ts';

beforeAll(ready);

/** Four thousand logs that nobody has, others for each `n`. */
const invented = (n: number): (readonly [Uint8Array, number])[] =>
  Array.from({ length: 4_000 }, (_, i) => {
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(0, n * 4_000 + i + 1);
    return [id, 1] as const;
  });

test('the stage itself works: a well-behaved device is served its space', async () => {
  const s = await stage(1);
  await s.open();
  const have = s.got.find((frame) => frame.type === 'have');
  expect(have?.type === 'have' && have.heads.length).toBe(1);
  if (have?.type === 'have') s.send(1, { type: 'want', ranges: have.heads.map(([log]) => [log, 1, 1]) });
  await s.net.run(500);
  expect(s.got.filter((frame) => frame.type === 'entries')).toHaveLength(1);
  expect(s.state.closed).toBe(false);
  s.w.close();
});

test('whoever breaks the rules of the session is told goodbye and cut off', async () => {
  type Stage = Awaited<ReturnType<typeof stage>>;
  const attacks: Readonly<Record<string, { readonly code: string; readonly run: (s: Stage) => Promise<void> | void }>> =
    {
      'speaks before Hello': { code: 'protocol', run: (s) => s.send(0, { type: 'tags', tags: [] }) },
      'says Hello twice': {
        code: 'protocol',
        run: (s) => {
          s.send(0, HELLO);
          s.send(0, HELLO);
        },
      },
      'offers no common version': { code: 'version', run: (s) => s.send(0, { ...HELLO, vMin: 2, vMax: 9 }) },
      'sends what is no message': { code: 'protocol', run: (s) => s.secure.send(0, new Uint8Array(1_000).fill(0x81)) },
      'sends an unknown type': { code: 'protocol', run: (s) => s.secure.send(0, encode([0x55])) },
      'opens one channel twice': {
        code: 'protocol',
        run: async (s) => {
          await s.open();
          s.send(0, { type: 'space-open', channel: 1, tag: s.tag() });
        },
      },
      'sends presence that is none': {
        code: 'protocol',
        run: async (s) => {
          await s.open();
          s.send(1, { type: 'ephemeral', bytes: new Uint8Array(100) });
        },
      },
      'sends a message of a program that is none': {
        code: 'protocol',
        run: async (s) => {
          await s.open();
          s.send(1, { type: 'ephemeral', bytes: encode(['message', 'x'.repeat(65), 1]) });
        },
      },
      'tells of more logs than a space has': {
        code: 'violation',
        run: async (s) => {
          await s.open();
          for (let n = 0; n < 3; n++) {
            const heads = invented(n).map(([id, seq]) => [id, seq, new Uint8Array(32)] as const);
            s.send(1, { type: 'have', heads });
          }
        },
      },
      'floods with entries that nobody asked for': {
        code: 'violation',
        run: async (s) => {
          await s.open();
          const entry = [new Uint8Array(184), new Uint8Array(200_000)] as const;
          s.net.setQuality({ bytesPerMs: 1_000_000 });
          for (let i = 0; i < 200; i++) s.send(1, { type: 'entries', entries: [entry] });
        },
      },
    };
  let seed = 10;
  for (const [name, { code, run }] of Object.entries(attacks)) {
    const s = await stage(seed++);
    await run(s);
    await s.net.run(5_000);
    expect([name, s.bye(), s.state.closed]).toEqual([name, code, true]);
    expect(replicaOf(s.ada, s.shared).entries).toBe(1);
    s.w.close();
  }
});

test('whoever broke a rule is not met again for a minute', async () => {
  const s = await stage(35);
  const { ada, net, shared, w } = s;
  await s.open();
  s.secure.send(0, encode([0x55]));
  await net.run(1_000);
  expect([s.bye(), s.state.closed]).toEqual(['protocol', true]);
  // On no way, though it is she who opens it.
  expect(await s.meet()).toBeUndefined();
  // From here on an honest program of hers looks for Ada.
  w.share(shared, ['mallory'], ['ada', 'mallory']);
  w.peer('mallory').mesh.start();
  await net.run(MESH.banFirst - 5_000);
  expect(ada.events.filter(({ event }) => event === 'mesh.session')).toHaveLength(1);
  await net.runUntil(() => w.connected('ada', 'mallory', shared), 5 * MESH.banFirst);
  w.close();
});

test('tags tell nothing: guesses are refused, and no space is opened to one who is no member of it', async () => {
  const s = await stage(30);
  s.send(0, HELLO);
  s.send(0, { type: 'space-open', channel: 1, tag: new Uint8Array(8) });
  // Mallory has got hold of the other space's keys, but is no member there.
  s.send(0, { type: 'space-open', channel: 2, tag: s.tag(s.secret) });
  await s.net.run(1_000);
  expect(s.got.filter((frame) => frame.type === 'space-refuse' || frame.type === 'space-open')).toEqual([
    { type: 'space-refuse', tag: new Uint8Array(8), code: 'not-a-member' },
    { type: 'space-refuse', tag: s.tag(s.secret), code: 'not-a-member' },
  ]);
  expect(s.got.some((frame) => frame.type === 'have' || frame.type === 'entries')).toBe(false);
  s.w.close();
});

test('an unknown device may show a megabyte for fifteen seconds, and is shown nothing', async () => {
  const shown = (got: readonly Frame[]): boolean =>
    got.some((frame) => ['have', 'entries', 'applied', 'ephemeral'].includes(frame.type));
  const silent = await stage(31, { member: false });
  silent.ada.mesh.setPresence(toHex(silent.shared.spaceId), { objectId: 'x' });
  await silent.open();
  silent.ada.mesh.messages.post(toHex(silent.shared.spaceId), 'chess', 'for members');
  replicaOf(silent.ada, silent.shared).write('written while it waits');
  const [[logId]] = replicaOf(silent.ada, silent.shared).have() as [LogHead];
  silent.send(1, { type: 'want', ranges: [[logId, 1, 2]] });
  await silent.net.run(MESH.proof - 3_000);
  expect([silent.state.closed, shown(silent.got)]).toEqual([false, false]);
  await silent.net.run(4_000);
  expect([silent.state.closed, silent.bye(), shown(silent.got)]).toEqual([true, 'unknown-device', false]);
  silent.w.close();

  const greedy = await stage(32, { member: false });
  await greedy.open();
  const entry = [new Uint8Array(184), new Uint8Array(250_000)] as const;
  for (let i = 0; i < 5; i++) greedy.send(1, { type: 'entries', entries: [entry] });
  await greedy.net.run(1_000);
  expect([greedy.bye(), shown(greedy.got)]).toEqual(['violation', false]);
  greedy.w.close();
});

test('acknowledgements count for what is here only, and of an unknown device for nothing', async () => {
  for (const member of [true, false]) {
    const s = await stage(33, { member });
    await s.open();
    const [[own]] = replicaOf(s.ada, s.shared).have() as [LogHead];
    s.send(1, { type: 'applied', heads: [[own, 1_000_000]] });
    for (let n = 0; n < 3; n++) s.send(1, { type: 'applied', heads: invented(n) });
    await s.net.run(MESH.ackFlush + 1_000);
    const rows = s.ada.storage.prepare('SELECT seq FROM peer_ack').all();
    expect([member, rows]).toEqual([member, member ? [{ seq: 1 }] : []]);
    s.w.close();
  }
});

test('messages of any kind are taken in at a bearable pace, and no faster', async () => {
  const s = await stage(34);
  await s.open();
  s.net.setQuality({ bytesPerMs: 1_000_000 });
  const guess = (n: number): Frame => {
    const tag = new Uint8Array(8);
    new DataView(tag.buffer).setUint32(0, n);
    return { type: 'space-open', channel: 9, tag };
  };
  const refused = (): number => s.got.filter((frame) => frame.type === 'space-refuse').length;
  for (let n = 1; n <= 1_000; n++) s.send(0, guess(n));
  await s.net.run(1_000);
  expect(refused()).toBeGreaterThan(150); // an honest device opens many spaces at once
  expect(refused()).toBeLessThan(350);
  await s.net.run(20_000);
  expect([refused(), s.state.closed]).toEqual([1_000, false]); // they waited, none was lost
  for (let n = 1; n <= 6_000; n++) s.send(0, guess(n));
  await s.net.run(2_000);
  expect([s.bye(), s.state.closed]).toEqual(['violation', true]);
  s.w.close();
});
