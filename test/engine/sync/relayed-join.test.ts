/** Whole devices that no network connects directly: in by an invitation, as a person and as a further device, and on from there. */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { SimPeer } from '../../sim/peer.ts';
import { SimNet } from '../net/sim-net.ts';

beforeAll(ready);

let net: SimNet;
const peers: SimPeer[] = [];

beforeEach(() => {
  net = new SimNet({ seed: 3, delayMs: [20, 150] });
  cutOff();
});
afterEach(() => {
  for (const peer of peers.splice(0)) peer.remove();
});

/** No address is heard of, so no channel opens. */
const cutOff = (): void => {
  net.intercept.signal = (_from, signal) => (signal.type === 'candidate' ? undefined : signal);
};
const device = (name: string): SimPeer => {
  const peer = new SimPeer({ net, name, onLog: () => undefined });
  peers.push(peer);
  return peer;
};
const link = (one: SimPeer, key: string): (string | undefined)[] =>
  one.engine.mesh
    .status(key)
    .peers.filter(({ connected }) => connected)
    .map(({ link: kind }) => kind);
const titles = (one: SimPeer, key: string): string[] =>
  (one.space(key)?.query({ type: 'note' }) ?? []).map(({ fields }) => String(fields['title'])).sort();
const write = (one: SimPeer, key: string, title: string): void => void one.space(key)?.create({ type: 'note', title });

test('joined through the meeting point two write on over the same connection, and directly when one opens', async () => {
  const [ann, ben] = [device('ann'), device('ben')];
  await ann.start();
  await ben.start();
  const space = ann.engine.replicas.create();
  const { key } = space;
  for (let i = 0; i < 50; i++) write(ann, key, `note ${i}`);
  const invitation = ann.engine.invitations.create(space);
  const mine = ben.engine.invitations.accept(invitation.code);
  await net.complete(mine.authenticate(invitation.authenticationCode ?? ''), 12_000);
  // No new call: the channel of the invitation is the one.
  await net.runUntil(() => titles(ben, key).length === 50, 6_000);
  expect([link(ann, key), link(ben, key), net.openChannels]).toEqual([['relayed'], ['relayed'], 0]);
  write(ben, key, 'from Ben');
  await net.runUntil(() => titles(ann, key).includes('from Ben'), 2_000);
  expect(invitation.state).toBe('completed');

  await net.run(120_000);
  expect([link(ann, key), link(ben, key)]).toEqual([['relayed'], ['relayed']]);
  delete net.intercept.signal;
  await net.runUntil(() => [...link(ann, key), ...link(ben, key)].every((kind) => kind === 'direct'), 460_000);
  write(ann, key, 'directly');
  await net.runUntil(() => titles(ben, key).includes('directly'), 2_000);
  // And back, as fast as somebody who was relayed before.
  cutOff();
  net.breakChannels('ann');
  await net.runUntil(() => [...link(ann, key), ...link(ben, key)].join() === 'relayed,relayed', 20_000);
});

test('a direct way that was only slow to open is taken within seconds of joining', async () => {
  const [ann, ben] = [device('ann'), device('ben')];
  await ann.start();
  await ben.start();
  const space = ann.engine.replicas.create();
  const { key } = space;
  const invitation = ann.engine.invitations.create(space);
  const mine = ben.engine.invitations.accept(invitation.code);
  await net.runUntil(() => mine.relayed, 12_000);
  delete net.intercept.signal;
  await net.complete(mine.authenticate(invitation.authenticationCode ?? ''), 4_000);
  await net.runUntil(() => [...link(ann, key), ...link(ben, key)].join() === 'direct,direct', 15_000);
  write(ben, key, 'from Ben');
  await net.runUntil(() => titles(ann, key).includes('from Ben'), 1_000);
});

test('a further device comes in through the meeting point, and both show the same words', async () => {
  const [desk, bag] = [device('desk'), device('bag')];
  await desk.start();
  const { key } = desk.engine.replicas.create();
  write(desk, key, 'mine');
  const invitation = desk.engine.invitations.createForDevice(desk.engine.halo.space);
  const linking = await bag.link(invitation.code);
  const typed = linking.invitation.authenticate(invitation.authenticationCode ?? '');
  await net.runUntil(() => invitation.waiting !== null, 15_000);
  await net.runUntil(() => linking.invitation.words !== null, 1_000);
  expect(linking.invitation.relayed).toBe(true);
  expect(invitation.waiting?.words).toEqual(linking.invitation.words);
  await net.run(60_000);
  invitation.approve(invitation.waiting?.deviceId ?? '', true);
  await net.complete(typed, 5_000);
  await net.runUntil(() => titles(bag, key).includes('mine'), 30_000);
  expect([invitation.state, link(bag, key)]).toEqual(['completed', ['relayed']]);
});
