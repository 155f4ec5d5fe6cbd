/**
 * Whoever is no member gets nothing from a keeper, nor from a member who waits for one at their pair: by none of the ways on
 * which a member with the same hand gets everything.
 */
import { beforeAll, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { meetingKeys } from '../../../main/engine/crypto/keys.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import type { LogRange, MeetingKeys } from '../../../main/engine/echo/replica.ts';
import { MESH } from '../../../main/engine/mesh/limits.ts';
import type { LanAddress } from '../../../main/engine/ports.ts';
import { SimNet } from '../net/sim-net.ts';
import type { TestDevice } from './devices.ts';
import { Hand, pairOf, type HandSession } from './hand.ts';
import { keptByKim, mintAgainst, write } from './wrong-halves.ts';

beforeAll(ready);

/**
 * Kim's half of the present epoch is wrong, so that she and the members wait at their pairs. Rex kept the space and Mo
 * edited it, before both were removed; Eve was never in. Their own programs are stopped, and Bob's, who is a member.
 */
async function stage(seed: number, { other = false } = {}) {
  const kept = await keptByKim(new SimNet({ seed }), { lan: true, bob: true });
  const { net, key, ada, kim, mallory, bob, make, addresses, level } = kept;
  const [rex, mo, eve] = [make('rex'), make('mo'), make('eve')];
  for (const device of [rex, mo, eve]) await device.start();
  ada.invite(rex, key, 'keeper');
  ada.invite(mo, key);
  await net.runUntil(() => level(ada, kim, rex, mo, bob, mallory), 60_000);
  const held = new Map([rex, mo].map((device) => [device, device.replica(key).epochs()]));
  for (const device of [rex, mo]) {
    ada.replica(key).appendControl({ type: 'MemberRemove', identityId: device.profile.identity.identityId });
  }
  const everybody = [kim, bob, rex, mo, eve];
  const space = other ? ada.replicas.create() : undefined;
  if (space) for (const device of everybody) ada.invite(device, space.key);
  await net.runUntil(() => level(ada, kim, bob, mallory), 60_000);
  await net.run(5_000);
  const half = mintAgainst(mallory, kim, key, 'wrong');
  await net.runUntil(() => level(ada, kim, bob, mallory), 60_000);
  await net.run(5_000);
  for (const device of [mallory, rex, mo, eve, bob]) device.mesh.stop();
  net.breakChannels('kim'); // Ada waits for her at their pair now
  write(ada, key, 'for members');
  await net.runUntil(() => level(ada, kim), 60_000);
  const spaceId = fromHex(key);
  const { keyId } = ada.replica(key).epoch();
  const addressOf = (device: TestDevice): LanAddress => addresses.get(device.name) as LanAddress;
  /** What a device can name the space by towards another one. */
  const placesOf = (device: TestDevice, towards: TestDevice): MeetingKeys[] => [
    pairOf(device, towards, spaceId),
    ...(held.get(device) ?? []),
  ];
  return {
    ...{ net, key, spaceId, ada, kim, bob, eve, rex, mo, space, addressOf, placesOf },
    outsiders: [rex, mo, eve],
    /** What Mallory might tell them: what Kim listens under, and what everybody else does. */
    leaked: [meetingKeys(half, spaceId, keyId), ada.replica(key).epoch()],
    end: (): void => [ada, kim, mallory, bob, rex, mo, eve].forEach((device) => device.remove()),
  };
}
type Stage = Awaited<ReturnType<typeof stage>>;

/** Headers of everything that a device stores. */
function everything(device: TestDevice, key: Hex): Hex[] {
  const replica = device.replica(key);
  const ranges = replica.have().map(([log, seq]): LogRange => [log, 1, seq]);
  return ranges.flatMap((range) => replica.read(range, 1 << 24).map(([header]) => toHex(header)));
}
const REFUSED = ['space-refuse'];
const told = (frames: readonly string[]): string[] => frames.filter((one) => ['have', 'entries'].includes(one));

test('in a session for another space', async () => {
  const s = await stage(1, { other: true });
  const { net, key, spaceId, ada, kim, bob, space, outsiders, leaked, addressOf, placesOf } = s;
  const sessionOf = async (device: TestDevice, at: TestDevice): Promise<HandSession> => {
    const session = await new Hand(net, device).dial(addressOf(at), space?.epoch() as MeetingKeys);
    return session ?? expect.fail(`${at.name} takes no session with ${device.name}`);
  };
  for (const at of [kim, ada]) {
    for (const device of outsiders) {
      const session = await sessionOf(device, at);
      for (const place of [...placesOf(device, at), ...leaked.slice(at === kim ? 1 : 0, at === kim ? 2 : 1)]) {
        expect([device.name, await session.open(place.discovery)]).toEqual([device.name, REFUSED]);
      }
      for (const place of leaked) expect(told(await session.open(place.discovery))).toEqual([]);
      expect([session.isNamed(pairOf(device, at, spaceId).discovery), session.entries]).toEqual([false, []]);
      session.close();
    }
    const session = await sessionOf(bob, at);
    const pair = pairOf(bob, at, spaceId).discovery;
    expect([session.isNamed(pair), told(await session.open(pair))]).toEqual([true, ['entries', 'have']]);
    expect([...session.entries].sort()).toEqual(everything(at, key).sort());
    session.close();
  }
  s.end();
});

test('on the network around', async () => {
  const s = await stage(2);
  const { net, key, spaceId, ada, kim, bob, outsiders, leaked, addressOf, placesOf } = s;
  const dial = (device: TestDevice, at: TestDevice, place: MeetingKeys) =>
    new Hand(net, device).dial(addressOf(at), place);
  for (const at of [kim, ada]) {
    for (const device of outsiders) {
      for (const place of placesOf(device, at)) expect(await dial(device, at, place)).toBeUndefined();
      // Who knows what a device announces under may show that he is a member, and is told nothing meanwhile.
      for (const place of leaked) {
        const session = await dial(device, at, place);
        const frames = session ? await session.open(place.discovery) : [];
        expect([told(frames), session?.entries ?? []]).toEqual([[], []]);
        session?.close();
      }
    }
  }
  expect(await fromThePair(s, bob, kim)).toEqual(everything(kim, key).sort());
  kim.mesh.stop();
  await net.run(5_000);
  expect(await fromThePair(s, kim, ada)).toEqual(everything(ada, key).sort());
  // Had somebody got hold of the secret of the two, it would still be asked who he is.
  for (const device of outsiders) expect(await dial(device, ada, pairOf(kim, ada, spaceId))).toBeUndefined();
  s.end();
});

/** Everything that a member's hand gets from another device whom it meets at their pair. */
async function fromThePair({ net, spaceId, addressOf }: Stage, device: TestDevice, at: TestDevice): Promise<Hex[]> {
  const pair = pairOf(device, at, spaceId);
  const session = await new Hand(net, device).dial(addressOf(at), pair);
  await session?.open(pair.discovery);
  session?.close();
  return [...(session?.entries ?? [])].sort();
}

test('at a meeting point', async () => {
  const s = await stage(3);
  const { net, ada, kim, bob, rex, mo, eve, placesOf } = s;
  await net.run(MESH.farewellEvery); // they were told while their programs ran
  const heard = (device: TestDevice) =>
    new Hand(net, device).announce(
      [ada, kim].flatMap((at) => placesOf(device, at)),
      [ada, kim],
    );
  // Who was removed is told so, under the keys that he had.
  expect([await heard(rex), await heard(mo), await heard(eve)]).toEqual([['farewell'], ['farewell'], []]);
  expect(await heard(bob)).toEqual(['announce', 'candidate', 'offer']);
  s.end();
});
