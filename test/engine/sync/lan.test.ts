/** Members on one network without any meeting point; and what a stranger there can do. */
import { beforeAll, expect, test } from 'vitest';
import { concat, toHex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { MESH } from '../../../main/engine/mesh/limits.ts';
import type { Mesh } from '../../../main/engine/mesh/mesh.ts';
import { SimNet } from '../net/sim-net.ts';
import type { Channel, HeardBeacon, Lan, LanAddress } from '../../../main/engine/ports.ts';
import { modelSpace } from './model-replica.ts';
import { replicaOf, world } from './world.ts';
import type { World } from './world.ts';

beforeAll(ready);

const NAMES = ['ada', 'bob', 'cy', 'dee', 'eve'] as const;

function offline(
  seed: number,
  names: readonly string[],
  quality: Partial<ConstructorParameters<typeof SimNet>[0]> = {},
) {
  const net = new SimNet({ seed, ...quality });
  net.setMeetingPoint(false);
  return { net, w: world(net, names, { lan: true }) };
}
const logged = (w: World, name: string, event: string): number =>
  w.peer(name).events.filter((row) => row.event === event).length;
/** What came of each address that a person gave, as far as one was tried. */
const cameOf = ({ knocked }: Mesh): (string | undefined)[] =>
  knocked.map(({ last }) => (last && 'fault' in last ? last.fault : last?.device));

test('two devices on one network find each other without any meeting point, and again after each loss', async () => {
  const { net, w } = offline(1, ['ada', 'bob'], { loss: 0.2 });
  const space = modelSpace('garden');
  w.share(space, ['ada', 'bob']);
  replicaOf(w.peer('ada'), space).write('hello');
  await net.runUntil(() => w.converged(space) && w.connected('ada', 'bob', space), 5_000);
  for (let i = 0; i < 5; i++) {
    net.breakChannels('ada');
    replicaOf(w.peer(i % 2 === 0 ? 'ada' : 'bob'), space).write(`after loss ${i}`);
    // Each as soon as the last was over: the next beacon would be a minute away.
    await net.runUntil(() => w.converged(space) && w.connected('ada', 'bob', space), 10_000);
  }
  w.crash('bob');
  replicaOf(w.peer('ada'), space).write('while bob is away');
  await net.run(500);
  w.restart('bob');
  await net.runUntil(() => w.converged(space) && w.connected('ada', 'bob', space), 70_000);
  w.close();
});

test('of two who hear each other one dials, once, in however many ways they hear each other', async () => {
  /** How often two dial each other, who hear each beacon after these times. */
  const dialled = async (...heardAfter: readonly number[]): Promise<number> => {
    const net = new SimNet({ seed: 12 });
    net.setMeetingPoint(false);
    const single = net.lan.bind(net);
    let dials = 0;
    net.lan = (name) => {
      const card = single(name);
      const dial = (to: LanAddress) => (dials++, card.dial(to));
      const onBeacon = (fn: (heard: HeardBeacon) => void) =>
        card.onBeacon((heard) => {
          for (const ms of heardAfter) net.after(ms, 'heard', () => fn(heard));
        });
      return { ...card, dial, onBeacon };
    };
    const w = world(net, ['ada', 'bob'], { lan: true });
    const space = modelSpace('garden');
    w.share(space, ['ada', 'bob']);
    await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
    await net.run(60_000);
    expect(net.openChannels).toBe(2);
    w.close();
    return dials;
  };
  // Both hear each other; the one who was dialled does not dial as well.
  expect([await dialled(0), await dialled(0, 1, 200)]).toEqual([1, 1]);
});

test('five devices become one mesh with one session for each two', async () => {
  const { net, w } = offline(2, NAMES);
  const space = modelSpace('garden');
  w.share(space, NAMES);
  for (const name of NAMES) replicaOf(w.peer(name), space).write(`by ${name}`);
  const all = () => NAMES.every((a) => NAMES.every((b) => a === b || w.connected(a, b, space)));
  await net.runUntil(() => all() && w.converged(space), 15_000);
  await net.run(180_000);
  const sessions = (name: string) => logged(w, name, 'mesh.session') - logged(w, name, 'mesh.session-end');
  expect(NAMES.map(sessions)).toEqual(NAMES.map(() => NAMES.length - 1));
  expect(net.openChannels).toBe(NAMES.length * (NAMES.length - 1));
  w.close();
});

test('with a meeting point as well there is one session, and nothing is said once everybody is here', async () => {
  const net = new SimNet({ seed: 3 });
  const w = world(net, ['ada', 'bob'], { lan: true });
  const space = modelSpace('garden');
  w.share(space, ['ada', 'bob']);
  await net.runUntil(() => w.connected('ada', 'bob', space), 10_000);
  await net.run(30_000);
  const heard: HeardBeacon[] = [];
  net.lan('listener').onBeacon((beacon) => heard.push(beacon));
  await net.run(300_000);
  expect([heard.length, net.openChannels, w.connected('ada', 'bob', space)]).toEqual([0, 2, true]);
  w.close();
});

test('whoever shares no space is not dialled, and learns from no beacon who is there', async () => {
  const { net, w } = offline(4, ['ada', 'bob']);
  const [garden, kitchen] = [modelSpace('garden'), modelSpace('kitchen')];
  w.share(garden, ['ada'], ['ada', 'bob']);
  w.share(kitchen, ['bob'], ['ada', 'bob']);
  const heard: HeardBeacon[] = [];
  net.lan('listener').onBeacon((beacon) => heard.push(beacon));
  await net.run(300_000);
  expect([logged(w, 'ada', 'mesh.session'), net.openChannels]).toEqual([0, 0]);
  expect(heard.length).toBeGreaterThan(2);
  // The same space has other tags on another day, and so has the device.
  await net.run(86_400_000);
  const seen = (beacons: readonly HeardBeacon[]) =>
    new Set(beacons.flatMap(({ nonce, tags }) => [nonce, ...tags].map(toHex)));
  const [first, last] = [seen(heard.slice(0, 4)), seen(heard.slice(-4))];
  expect([...first].filter((one) => last.has(one))).toEqual([]);
  w.close();
});

test('whoever is alone on a network has another nonce and other tags on another day, too', async () => {
  const { net, w } = offline(17, ['ada', 'bob']);
  w.share(modelSpace('garden'), ['ada'], ['ada', 'bob']);
  const heard: HeardBeacon[] = [];
  net.lan('listener').onBeacon((beacon) => heard.push(beacon));
  const day = 86_400_000;
  await net.run(3 * day);
  const nonces = new Set(heard.map(({ nonce }) => toHex(nonce)));
  const tags = new Set(heard.flatMap((beacon) => beacon.tags.map(toHex)));
  // One tag of the epoch, one of the pair.
  expect([nonces.size, tags.size]).toEqual([4, 8]);
  w.close();
});

test('a stranger who says again what he has heard is dialled, told nothing, and dialled ever less', async () => {
  const { net, w } = offline(5, ['ada', 'bob']);
  const space = modelSpace('garden');
  w.share(space, ['ada'], ['ada', 'bob']);
  const parrot = net.lan('parrot');
  const dials: { bytes: number; at: number }[] = [];
  parrot.onChannel((channel: Channel) => {
    const dial = { bytes: 0, at: net.time };
    dials.push(dial);
    channel.onMessage((message) => (dial.bytes += message.length));
  });
  // A nonce of his own with the tags of another's does not match; so he takes both, from a device of the same space.
  const other = world(net, ['cy'], { lan: true });
  other.share(space, ['cy'], ['cy']);
  const said = new Promise<HeardBeacon>((resolve) => net.lan('ear').onBeacon((beacon) => resolve(beacon)));
  const beacon = await net.complete(said, 100_000);
  other.close();
  net.crash('cy');
  const repeat = every(net, 5_000, () => parrot.announce({ nonce: beacon.nonce, tags: beacon.tags }));
  await net.run(3_600_000);
  repeat();
  // The preface and one ephemeral key: nothing that names ada or the space.
  expect(dials.every(({ bytes }) => bytes <= 22 + 48)).toBe(true);
  expect(dials.length).toBeLessThan(20);
  expect(logged(w, 'ada', 'mesh.session')).toBe(0);
  w.close();
});

test('whoever says again what two members say, sooner than they hear each other, does not keep them apart', async () => {
  for (const seed of [13, 14, 15, 16]) {
    const { net, w } = offline(seed, ['ada', 'bob']);
    const space = modelSpace('garden');
    const far = { delayMs: [150, 150] } as const;
    net.setLink('ada', 'bob', far);
    net.setLink('bob', 'ada', far);
    w.share(space, ['bob'], ['ada', 'bob']);
    // From an address of his own; he takes every connection and keeps quiet.
    const ear = net.lan('mallory');
    const mouths = new Map<string, Lan>();
    let taken = 0;
    ear.onBeacon((heard) => {
      const nonce = toHex(heard.nonce);
      if (heard.address.ip === ear.health().addresses[0]?.ip || mouths.has(nonce)) return;
      const mouth = net.lan('mallory');
      mouths.set(nonce, mouth);
      mouth.onChannel(() => taken++);
      mouth.announce(heard);
    });
    const again = every(net, 500, () => mouths.forEach((mouth) => mouth.ask()));
    await net.run(1_000);
    w.share(space, ['ada'], ['ada', 'bob']);
    await net.runUntil(() => w.connected('ada', 'bob', space), 6_000);
    expect(taken, 'both have come to him first').toBeGreaterThan(0);
    // And again after each loss, while he goes on.
    net.breakChannels('ada');
    await net.runUntil(() => w.connected('ada', 'bob', space), 15_000);
    again();
    w.close();
  }
});

test('whoever dials with a tag that nobody announced, or without the key, gets nothing', async () => {
  const { net, w } = offline(6, ['ada', 'bob']);
  const space = modelSpace('garden');
  const mallory = net.lan('mallory');
  const said = new Promise<HeardBeacon>((resolve) => mallory.onBeacon(resolve));
  w.share(space, ['ada'], ['ada', 'bob']);
  const { nonce, tags, address } = await net.complete(said, 10_000);
  const tag = tags[0] as Uint8Array;
  const preface = concat(nonce, tag, new Uint8Array(8));
  const dial = async (...messages: readonly Uint8Array[]): Promise<string> => {
    const channel = await net.complete(mallory.dial(address), 10_000);
    let [received, open] = [0, true];
    channel.onMessage((message) => (received += message.length));
    channel.onClose(() => (open = false));
    for (const message of messages) channel.send(message);
    await net.run(20_000);
    return `${received} bytes, ${open ? 'open' : 'closed'}`;
  };
  const nothing = '0 bytes, closed';
  expect(await dial()).toBe(nothing);
  // Who asks is told what everybody is told, once.
  const beacon = `${8 + 6 * tags.length} bytes, closed`;
  expect(await dial(new Uint8Array(0))).toBe(beacon);
  expect(await dial(new Uint8Array(0), new Uint8Array(0))).toBe(beacon);
  expect(await dial(concat(nonce, new Uint8Array(6 + 8)))).toBe(nothing);
  expect(await dial(concat(new Uint8Array(8), tag, new Uint8Array(8)))).toBe(nothing);
  expect(await dial(preface.subarray(0, -1))).toBe(nothing);
  expect(await dial(preface)).toBe(nothing);
  expect(await dial(preface, new Uint8Array(48))).toBe(nothing);
  // With the key the same way in is open: what was refused above was refused for want of it.
  w.share(space, ['bob'], ['ada', 'bob']);
  await net.runUntil(() => w.connected('ada', 'bob', space), 70_000);
  w.close();
});

test('idle strangers are held eight at a time, and do not keep members out', async () => {
  const { net, w } = offline(7, ['ada', 'bob']);
  const space = modelSpace('garden');
  const mallory = net.lan('mallory');
  const said = new Promise<HeardBeacon>((resolve) => mallory.onBeacon(resolve));
  w.share(space, ['ada'], ['ada', 'bob']);
  const { address } = await net.complete(said, 10_000);
  const again = every(net, 3_000, () => {
    for (let i = 0; i < 20; i++) void mallory.dial(address).catch(() => undefined);
  });
  await net.run(10_000);
  expect(net.openChannels).toBe(2 * MESH.halfOpen); // both ends of each
  w.share(space, ['bob'], ['ada', 'bob']);
  await net.runUntil(() => w.connected('ada', 'bob', space), 120_000);
  again();
  w.close();
});

test('where no beacon gets to, an address that a person gave leads to a member, and to nobody else', async () => {
  const { net, w } = offline(8, ['ada', 'bob', 'cy'], { loss: 1 });
  const space = modelSpace('garden');
  w.share(space, ['ada', 'bob'], ['ada', 'bob']);
  w.share(modelSpace('kitchen'), ['cy'], ['ada', 'cy']);
  replicaOf(w.peer('ada'), space).write('hello');
  await net.run(60_000);
  expect(w.connected('ada', 'bob', space)).toBe(false);
  const at = (name: string) => w.peer(name).address as LanAddress;
  const { mesh } = w.peer('ada');
  mesh.setLanAddresses([at('cy'), { ip: '10.9.9.9', port: 1 }, at('ada'), silent(net), parrot(net, at('bob'))]);
  expect(cameOf(mesh)).toEqual(Array<undefined>(5).fill(undefined));
  await net.run(60_000);
  expect(cameOf(mesh)).toEqual(['stranger', 'unreachable', 'self', 'closed', 'not-proven']);
  expect(['ada', 'bob', 'cy'].map((name) => logged(w, name, 'mesh.session'))).toEqual([0, 0, 0]);
  mesh.setLanAddresses([at('cy'), at('bob')]);
  await net.runUntil(() => w.converged(space) && w.connected('ada', 'bob', space), 5_000);
  expect(cameOf(mesh)).toEqual(['stranger', w.peer('bob').id]);
  net.breakChannels('ada');
  await net.runUntil(() => w.connected('ada', 'bob', space), 5_000);
  // Once all are there nobody knocks.
  await net.run(60_000);
  const before = net.openChannels;
  await net.run(300_000);
  expect([before, net.openChannels]).toEqual([2, 2]);
  w.close();
});

test('that an address led to nobody is no finding any more once everybody is here', async () => {
  const { net, w } = offline(18, ['ada', 'bob'], { loss: 1 });
  const space = modelSpace('garden');
  w.share(space, ['ada', 'bob']);
  const at = (name: string) => w.peer(name).address as LanAddress;
  const { mesh } = w.peer('ada');
  mesh.setLanAddresses([{ ip: '10.9.9.9', port: 1 }, at('ada')]);
  await net.run(10_000);
  expect(cameOf(mesh)).toEqual(['unreachable', 'self']);
  // The other one knocks here.
  w.peer('bob').mesh.setLanAddresses([at('ada')]);
  await net.runUntil(() => w.connected('ada', 'bob', space), 5_000);
  await net.run(1_000);
  expect(cameOf(mesh)).toEqual([undefined, 'self']);
  w.crash('bob');
  await net.run(60_000);
  expect(cameOf(mesh)).toEqual(['unreachable', 'self']);
  w.close();
});

/** Where somebody takes connections and says nothing. */
function silent(net: SimNet): LanAddress {
  const eve = net.lan('eve');
  eve.onChannel(() => undefined);
  return eve.health().addresses[0] as LanAddress;
}

/** Where somebody answers with what the one at `of` says, and can prove nothing. */
function parrot(net: SimNet, of: LanAddress): LanAddress {
  const mallory = net.lan('mallory');
  mallory.onChannel((channel) => {
    let asked = 0;
    channel.onMessage(() => {
      if (asked++ > 0) return channel.close();
      void mallory.dial(of).then((other) => {
        other.onMessage((answer) => channel.send(answer));
        other.send(new Uint8Array(0));
      });
    });
  });
  return mallory.health().addresses[0] as LanAddress;
}

function every(net: SimNet, ms: number, fn: () => void): () => void {
  let on = true;
  const next = (): void => {
    if (!on) return;
    fn();
    net.after(ms, 'interval', next);
  };
  next();
  return () => void (on = false);
}
