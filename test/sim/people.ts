/** The stage of stories that are told step by step: Ada owns a space, and the others come into it one by one. */
import { expect } from 'vitest';
import { toHex } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import { SimNet } from '../engine/net/sim-net.ts';
import { Invitations } from './invitations.ts';
import { Ledger } from './ledger.ts';
import type { DiskCopy } from './disk.ts';
import { stateOf } from './invariants.ts';
import { SimPeer } from './peer.ts';
import type { PeerOptions } from './peer.ts';

const peers: SimPeer[] = [];

/** After each test. */
export function removePeople(): void {
  for (const peer of peers.splice(0)) peer.remove();
}

/** Ada owns a space; the others are in it and level with her. */
export async function people(guests: Readonly<Record<string, 'admin' | 'editor'>>) {
  const net = new SimNet({ seed: 1 });
  const sessions: string[] = [];
  const onLog: PeerOptions['onLog'] = (at, event, detail) => {
    if (event === 'mesh.session') sessions.push(`${at.name} ${String(detail?.['device'])}`);
  };
  const start = async (name: string): Promise<SimPeer> => {
    const peer = new SimPeer({ net, name, onLog });
    peers.push(peer);
    await peer.start();
    return peer;
  };
  const ada = await start('ada');
  const key = ada.engine.replicas.create().key;
  const invitations = new Invitations(net, () => undefined, new Ledger(undefined));
  const invite = async (
    host: SimPeer,
    guest: SimPeer,
    role: 'admin' | 'editor' = 'editor',
    space = key,
  ): Promise<void> => {
    invitations.invite(host, guest, space, role);
    await net.runUntil(() => guest.replica(space)?.ownRole() === role, 60_000);
  };
  /** Another device of the person that `host` is of; it runs when the two have agreed. */
  const link = async (host: SimPeer, name: string): Promise<SimPeer> => {
    const fresh = new SimPeer({ net, name, person: host.person, onLog });
    peers.push(fresh);
    const invitation = host.engine.invitations.createForDevice(host.engine.halo.space);
    const linking = await fresh.link(invitation.code);
    linking.invitation.authenticate(invitation.authenticationCode ?? '').catch(() => undefined);
    await net.runUntil(() => invitation.waiting?.words !== undefined, 60_000);
    invitation.approve(invitation.waiting?.deviceId ?? '', true);
    await net.runUntil(() => fresh.running, 60_000);
    return fresh;
  };
  const others: SimPeer[] = [];
  for (const [name, role] of Object.entries(guests)) {
    const guest = await start(name);
    await invite(ada, guest, role);
    others.push(guest);
  }
  const level = (...group: SimPeer[]): Promise<void> =>
    net.runUntil(() => new Set(group.map((peer) => stateOf(peer, key).heads)).size === 1, 60_000);
  await level(ada, ...others);
  /** The owner's disk is what it was at the copy, in which there is no Bob; what he writes reaches the owner all the same. */
  const forgottenAndKnownAgain = async (owner: SimPeer, bob: SimPeer, copy: DiskCopy): Promise<void> => {
    owner.crash();
    owner.disk.turnBack(copy);
    write(bob, key, 'written by Bob');
    await owner.start();
    expect(isMember(owner, bob, key)).toBe(false);
    await net.runUntil(() => isMember(owner, bob, key), 60_000);
    await level(owner, bob);
    expect(titles(owner, key)).toEqual(['written by Bob']);
  };
  const connected = (at: SimPeer, to: SimPeer): boolean =>
    sessions.includes(`${at.name} ${toHex(to.deviceId).slice(0, 8)}`);
  return { net, key, ada, others, start, invite, link, level, forgottenAndKnownAgain, sessions, connected };
}

export const remove = (by: SimPeer, whom: SimPeer, key: Hex): unknown =>
  by.replica(key)?.appendControl({ type: 'MemberRemove', identityId: whom.identityId });
export function write(by: SimPeer, key: Hex, title: string): void {
  by.space(key)?.create({ type: 'note', title });
  by.space(key)?.flush();
}
export const titles = (peer: SimPeer, key: Hex): unknown[] =>
  (peer.space(key)?.query({}) ?? []).map(({ fields }) => fields['title']).sort();
export const isMember = (of: SimPeer, who: SimPeer, key: Hex): boolean =>
  of.replica(key)?.authority().member(toHex(who.identityId)) !== undefined;
