/** What each operation of a plan does when its turn comes; says how it went in a word. */
import { toHex } from '../../main/engine/bytes.ts';
import { GUARD_TURN_MS } from '../../main/engine/halo/guard.ts';
import { CoveError } from '../../main/engine/errors.ts';
import { Prng } from '../engine/net/prng.ts';
import { tellLie } from './dishonest-member.ts';
import { ON_NOTES } from './note-actions.ts';
import type { SimPeer } from './peer.ts';
import type { Action, Operation } from './plan.ts';
import { pick, type Act, type Result } from './turn.ts';
import { devicesOf } from './world.ts';
import type { World } from './world.ts';

const DAY = 86_400_000;
/** Refusals that a person can meet: the engine did what it should. */
const REFUSALS = [
  'not-permitted',
  'too-many-invitations',
  'already-member',
  'object-not-found',
  'device-senior',
  'device-not-found',
];
/** Devices of one person, at most: more would only make a run longer. */
const DEVICES = 3;
/** Spaces of one run, at most: likewise. */
const SPACES = 4;

/** How it went: '' where the peer holds no space. Throws what no person should meet. */
export async function act(world: World, peer: SimPeer, operation: Operation): Promise<string> {
  const dice = new Prng(operation.roll);
  const held = [...world.spaces.keys()].filter((key) => peer.replica(key) !== undefined);
  const space = pick(dice, held);
  const objects = space === undefined ? undefined : peer.space(space);
  if (space === undefined || objects === undefined) return '';
  try {
    return await ACTS[operation.do]({ world, peer, dice, space, objects });
  } catch (error) {
    if (error instanceof CoveError && REFUSALS.includes(error.type)) return error.type;
    throw error;
  }
}

const ACTS: Record<Action, Act> = {
  ...ON_NOTES,

  invite({ world, peer, dice, space }) {
    const guest = pick(
      dice,
      world.peers.filter((other) => other !== peer && other.running && other.replica(space)?.ownRole() === undefined),
    );
    if (guest === undefined) return 'nothing to do';
    const role = pick(dice, ['admin', 'editor', 'editor', 'reader'] as const) ?? 'editor';
    world.invitations.invite(peer, guest, space, role, dice.chance(0.5) ? 0 : 1 + (dice.u32() % 2));
    return 'done';
  },

  /** Somebody has the code and not the digits. */
  guess({ world, peer, dice, space }) {
    const guest = pick(
      dice,
      world.peers.filter((other) => other !== peer && other.running),
    );
    if (guest === undefined) return 'nothing to do';
    world.invitations.invite(peer, guest, space, 'editor', Infinity);
    return 'done';
  },

  role({ world, peer, dice, space }) {
    const target = pick(dice, others(world, peer, space));
    const replica = peer.replica(space);
    if (target === undefined || replica === undefined) return 'nothing to do';
    const role = pick(dice, ['admin', 'editor', 'reader'] as const) ?? 'editor';
    replica.appendControl({ type: 'MemberRole', identityId: target.identityId, role });
    world.invitations.given.add(`${target.person} ${space} ${role}`);
    for (const device of devicesOf(world, target.person)) silence(world, device, space, peer, role === 'reader');
    return 'done';
  },

  expel({ world, peer, dice, space }) {
    const target = pick(dice, others(world, peer, space));
    const replica = peer.replica(space);
    if (target === undefined || replica === undefined) return 'nothing to do';
    replica.appendControl({ type: 'MemberRemove', identityId: target.identityId });
    const name = `${target.person} ${space}`;
    world.expelled.set(name, world.expelled.get(name) ?? world.net.time);
    for (const device of devicesOf(world, target.person)) silence(world, device, space, peer, true);
    return 'done';
  },

  leave({ world, peer, space, objects }) {
    objects.flush();
    peer.replica(space)?.appendControl({ type: 'MemberLeave' });
    for (const device of devicesOf(world, peer.person)) silence(world, device, space, peer, true);
    return 'done';
  },

  /** In one go: a person stands in front of both. */
  async link({ world, peer }): Promise<Result> {
    const { net, peers, invitations } = world;
    const count = devicesOf(world, peer.person).length;
    if (count === DEVICES) return 'nothing to do';
    const { engine } = peer;
    const invitation = engine.invitations.createForDevice(engine.halo.space);
    invitations.secrets.push(invitation.code);
    const fresh = world.furtherDevice(peer.person, deviceName(peer.person, count));
    const linking = await fresh.link(invitation.code);
    linking.invitation.authenticate(invitation.authenticationCode ?? '').catch(() => undefined);
    for (let tries = 0; tries < 60 && !fresh.running && peer.running; tries++) {
      await net.run(500);
      const waiting = peer.running ? invitation.waiting : null;
      if (waiting && linking.invitation.words?.join() === waiting.words?.join())
        invitation.approve(waiting.deviceId, true);
    }
    if (fresh.running) {
      peers.push(fresh);
      world.ledger.letIn(fresh, peer, world.spaces.keys());
      return 'done';
    }
    linking.close();
    fresh.remove();
    if (peer.running) invitation.revoke();
    return 'not linked';
  },

  revoke({ world, peer, dice }) {
    const target = pick(
      dice,
      devicesOf(world, peer.person).filter((device) => device !== peer),
    );
    if (target === undefined) return 'nothing to do';
    peer.engine.identity.revoke([target.deviceId]);
    for (const space of world.spaces.keys()) silence(world, target, space, peer, true);
    return 'done';
  },

  /** A further space, and others let in: not everybody is in everything. */
  found({ world, peer, dice }) {
    if (world.spaces.size === SPACES) return 'nothing to do';
    const { key } = peer.engine.replicas.create();
    world.spaces.set(key, peer);
    for (const guest of world.peers.filter(({ name, person, running }) => running && name === person)) {
      if (guest.person === peer.person || dice.chance(0.4)) continue;
      const role = pick(dice, ['admin', 'editor', 'editor', 'reader'] as const) ?? 'editor';
      world.invitations.invite(peer, guest, key, role);
    }
    return 'done';
  },

  lie: ({ world, dice }) => tellLie(world, dice) ?? 'nothing to do',

  crash({ peer }) {
    peer.crash();
    return 'done';
  },

  'crash at commit'({ peer, dice }) {
    peer.crashAfter(1 + (dice.u32() % 6));
    return 'done';
  },

  async close({ peer }): Promise<Result> {
    await peer.close();
    return 'done';
  },

  copy({ world, peer }) {
    peer.copy = { disk: peer.disk.copy(), latestEdit: world.ledger.latest };
    return 'done';
  },

  'turn back'({ world, peer }) {
    if (peer.copy === undefined) return 'nothing to do';
    const { disk, latestEdit } = peer.copy;
    // Of the present run and younger than the guard's last turn, it passes for the database: SECURITY.md says so.
    const keychain = world.planted === 'machine turned back unseen';
    if (!keychain && !peer.disk.movedOn(disk)) return 'nothing to do';
    const others = world.peers.filter((other) => other !== peer);
    peer.crash();
    peer.disk.turnBack(disk, { keychain });
    world.ledger.turnedBack(peer, latestEdit, others);
    return 'done';
  },

  async rest({ world: { net } }): Promise<Result> {
    await net.run(2 * GUARD_TURN_MS);
    return 'done';
  },

  split({ world: { net, peers }, dice }) {
    const here = peers.filter(() => dice.chance(0.5));
    // Where a person's next device is, should one be linked meanwhile: with the latest.
    const names = (some: readonly SimPeer[]): string[] =>
      some.flatMap(({ name, person }) => [
        name,
        ...Array.from({ length: DEVICES }, (_, i) => deviceName(person, i)).filter((next) =>
          peers.every((other) => other.name !== next),
        ),
      ]);
    net.partition(names(here), names(peers.filter((peer) => !here.includes(peer))));
    return 'done';
  },

  mend({ world: { net } }) {
    net.heal();
    return 'done';
  },

  'cut one way'({ world: { net, peers }, peer, dice }) {
    const other = pick(
      dice,
      peers.filter((one) => one !== peer),
    );
    if (other) net.cut(peer.name, other.name);
    return 'done';
  },

  'break channels'({ world: { net }, peer }) {
    net.breakChannels(peer.name);
    return 'done';
  },

  'meeting point off'({ world: { net } }) {
    net.setMeetingPoint(false);
    return 'done';
  },

  'meeting point on'({ world: { net } }) {
    net.setMeetingPoint(true);
    return 'done';
  },

  'wrong clock'({ world: { net }, peer, dice }) {
    net.setSkew(peer.name, dice.chance(0.3) ? 0 : Math.round(dice.between(-2 * DAY, 2 * DAY)));
    return 'done';
  },
};

const deviceName = (person: string, count: number): string => (count === 0 ? person : `${person}.${count}`);

/** Other members, as `peer` knows them: of each the first device. */
function others({ peers }: World, peer: SimPeer, space: string): SimPeer[] {
  const authority = peer.replica(space)?.authority();
  return peers.filter(
    ({ name, person, identityId }) =>
      name === person && person !== peer.person && authority?.member(toHex(identityId)) !== undefined,
  );
}

/** Whom `target` has let in without the actor's knowledge falls with him, and so on. */
function silence({ ledger, invitations }: World, target: SimPeer, space: string, actor: SimPeer, alsoHim: boolean) {
  if (alsoHim) ledger.silenced(target, space, actor);
  const known = actor.replica(space)?.authority();
  const falling = [target];
  for (const host of falling) {
    for (const { guest, ...admission } of invitations.admitted) {
      if (admission.host !== host || admission.space !== space || falling.includes(guest)) continue;
      if (known?.member(toHex(guest.identityId)) !== undefined && host === target) continue;
      falling.push(guest);
      ledger.silenced(guest, space, actor);
    }
  }
}
