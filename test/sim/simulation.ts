/**
 * Plays a plan: the real engine of two to nine people in one process, under a virtual clock and one seed. First the
 * faults, while nothing may be lost; then everything is mended, and all must agree within 60 virtual seconds, or 300 where no channel opens.
 */
import { utf8 } from '../../main/engine/bytes.ts';
import { ProcessDied, SimNet } from '../engine/net/sim-net.ts';
import { act } from './actions.ts';
import { checkApart } from './apart.ts';
import type { DiskFaults } from './disk.ts';
import { Invitations } from './invitations.ts';
import { alarm, Broken, checkAtRest, checkNow, stateOf } from './invariants.ts';
import { Ledger, token } from './ledger.ts';
import type { Edit } from './ledger.ts';
import { checkLies, Lies } from './lies.ts';
import { lie } from './meeting-point-lies.ts';
import { SimPeer } from './peer.ts';
import type { PeerOptions } from './peer.ts';
import type { Operation, Plan } from './plan.ts';
import { PLANTED } from './planted.ts';
import type { Planted } from './planted.ts';
import { isStranded } from './stranded.ts';
import { devicesOf, everything, holders } from './world.ts';
import type { World } from './world.ts';

export interface Outcome {
  /** Of every event, every result and the final state: the same for the same plan. */
  readonly traceHash: string;
  /** The invariant that did not hold. */
  readonly broken?: { readonly invariant: string; readonly detail: string };
  /** What happened how often. */
  readonly counts: Readonly<Record<string, number>>;
  /** Virtual milliseconds until all agreed. */
  readonly convergedAfter?: number;
}

const MENDED_WITHIN = 60_000;
/** Where all goes through the meeting point, which bears a few messages a second: what is asked of one that lies waits there. */
const MENDED_INDIRECTLY = 300_000;

export interface Telling {
  readonly planted?: Planted | undefined;
  /** Hears every operation and every log line, with the virtual time. */
  readonly narrate?: ((line: string) => void) | undefined;
}

export async function simulate(plan: Plan, { planted, narrate }: Telling = {}): Promise<Outcome> {
  const { seed, faults } = plan;
  const net = new SimNet({ seed });
  if (faults.indirect) net.intercept.signal = (_from, signal) => (signal.type === 'candidate' ? undefined : signal);
  const counts: Record<string, number> = {};
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  const fault = planted && (PLANTED[planted] as { readonly disk?: DiskFaults }).disk;
  const alarms: string[] = [];
  const onLog: PeerOptions['onLog'] = (...line) => {
    const [peer, event, detail] = line;
    const { name } = peer;
    const found = lies.explains(peer, detail) ? undefined : alarm(...line);
    narrate?.(`${net.time.toFixed(0)} ${name} ${event} ${JSON.stringify(detail ?? {})}`);
    if (found !== undefined) alarms.push(found);
  };
  const options = { net, onLog, ...(fault && { disk: fault }) };
  const peers = Array.from({ length: plan.peers }, (_, i) => new SimPeer({ ...options, name: `peer${i}` }));
  const dishonest = faults.dishonest ? peers.at(-1) : undefined;
  const [lies, ledger] = [new Lies(dishonest), new Ledger(dishonest)];
  const furtherDevice: World['furtherDevice'] = (person, name) => new SimPeer({ ...options, person, name });
  const invitations = new Invitations(net, count, ledger, planted === 'digits told to a guesser');
  const maps = { spaces: new Map(), heads: new Map(), expelled: new Map() };
  const world: World = { plan, planted, net, peers, furtherDevice, ledger, invitations, alarms, lies, ...maps, count };
  let convergedAfter: number | undefined;
  try {
    await settle(world);
    net.setQuality({ ...faults, delayMs: [1, faults.delay] });
    if (faults.liar) lie(net);
    for (const operation of plan.operations) {
      narrate?.(`${net.time.toFixed(0)} peer${operation.peer} ${operation.do}`);
      await play(world, operation);
      if (planted === 'complaint of an honest peer') onLog(peers[0] as SimPeer, 'mesh.bye', { code: 'violation' });
      if (planted === 'timers without end')
        for (let n = 0; n < 20_000; n++) net.clock('peer0').after(1e9, () => undefined);
      checkNow(world);
    }
    narrate?.(`${net.time.toFixed(0)} everything is mended`);
    convergedAfter = await mend(world);
    checkAtRest(world);
    checkLies(world);
    checkApart(world);
  } catch (error) {
    // Whatever else is thrown comes from an engine that no person could go on with.
    const invariant = error instanceof Broken ? error.invariant : 'nothing fails inside';
    const detail = error instanceof Broken ? error.message : String((error as Error).stack);
    return { traceHash: net.traceHash(), broken: { invariant, detail }, counts };
  } finally {
    for (const peer of peers) peer.remove();
  }
  return { traceHash: net.traceHash(), counts, convergedAfter };
}

/** A space that all have joined, before anything goes wrong. */
async function settle(world: World): Promise<void> {
  const { peers, net, spaces, invitations } = world;
  for (const peer of peers) await peer.start();
  const [first, ...others] = peers as [SimPeer, ...SimPeer[]];
  const key = first.engine.replicas.create().key;
  spaces.set(key, first);
  for (const guest of others) {
    const role = (['admin', 'editor', 'editor', 'editor', 'reader'] as const)[net.prng.u32() % 5] ?? 'editor';
    invitations.invite(first, guest, key, role);
    await net.runUntil(() => guest.replica(key) !== undefined, MENDED_WITHIN);
  }
}

async function play(world: World, operation: Operation): Promise<void> {
  const { net, plan, count, invitations, planted } = world;
  const devices = devicesOf(world, `peer${operation.peer % plan.peers}`);
  const peer = devices[operation.roll % devices.length] as SimPeer;
  if (!peer.running) await wake(world, peer);
  let result: string;
  try {
    result = await act(world, peer, operation);
  } catch (error) {
    if (!(error instanceof ProcessDied)) throw error;
    result = 'died';
  }
  if (result !== '') count(`${operation.do}${result === 'done' ? '' : `: ${result}`}`);
  net.note(`${peer.name} ${operation.do} ${result}`);
  if (planted === 'plain text to the meeting point') net.inject('planted', utf8(token(operation.roll)));
  invitations.carryOn();
  await net.run(operation.wait);
}

/** A new start on what is on the disk: everything acknowledged must be there. */
async function wake({ ledger, invitations, count }: World, peer: SimPeer): Promise<void> {
  await peer.start();
  count('start');
  const lost = ledger.missing(peer, (edit) => edit.author === peer && edit.heldBy?.has(peer) !== false);
  if (lost.length > 0) throw new Broken('no acknowledged edit is lost', `${peer.name} after a start: ${say(lost)}`);
  invitations.carryOn();
}

/** Everything works again; how long it took until all agreed. */
async function mend(world: World): Promise<number> {
  const { net, peers, plan, planted } = world;
  const within = plan.faults.indirect ? MENDED_INDIRECTLY : MENDED_WITHIN;
  delete net.intercept.publish;
  net.heal();
  const deaf = planted === 'deaf to the mending' ? peers.at(-1) : undefined;
  if (deaf) net.partition(peers.slice(0, -1).map(({ name }) => name));
  net.setQuality({ delayMs: [1, 20], loss: 0, duplicate: 0, reorder: false, breakage: 0 });
  for (const peer of peers) {
    net.setSkew(peer.name, 0);
    peer.disk.burn(Infinity, () => undefined);
    if (!peer.running) await wake(world, peer);
  }
  // As a device notices that its network is back; without that it would look for the others every five minutes only.
  net.setMeetingPoint(false);
  await net.run(100);
  net.setMeetingPoint(true);
  const from = net.time;
  for (let pause = 500; ;) {
    await net.run(pause);
    const all = everything(world).map((key) => holders(world, key).map((peer) => ({ peer, ...stateOf(peer, key) })));
    const agree = all.every((group) => {
      const [first] = group;
      return group.every((one) => (one.pending === 0 || !one.mayWrite) && one.heads === first?.heads);
    });
    if (agree) {
      const contents = all.map((group) => new Set(group.flatMap((one) => (one.pending > 0 ? [] : one.content()))));
      const lost = lostIn(world);
      if (contents.every(({ size }) => size <= 1) && lost === undefined) {
        for (const [content] of contents) net.note(content ?? 'nobody holds it');
        return net.time - from;
      }
      // Who is not known to the others any more may be still about to show that he is one of them.
      if (lost !== undefined) pause = 5_000;
      if (lost !== undefined && net.time - from > within) throw new Broken('no acknowledged edit is lost', lost);
    }
    if (net.time - from > within) throw new Broken('all agree after the mending', disagreement(world));
  }
}

/** What should be there and is not, at somebody who holds the space. */
function lostIn(world: World): string | undefined {
  for (const key of world.spaces.keys()) {
    const group = holders(world, key);
    const stranded = new Set(world.peers.filter((peer) => isStranded(world, peer, key)));
    const isDue = (edit: Edit): boolean => edit.space === key && !stranded.has(edit.author);
    for (const peer of group) {
      const lost = world.ledger.missing(peer, (edit) => isDue(edit) && Ledger.isWithin(edit, group));
      if (lost.length > 0) return `${peer.name} in the end: ${say(lost)}`;
    }
  }
  return undefined;
}

const say = (edits: readonly { n: number; where: string; author: SimPeer }[]): string =>
  edits.map(({ n, where, author }) => `${where} edit ${n} of ${author.name}`).join(', ');

function disagreement(world: World): string {
  const lines = everything(world).flatMap((key, i) =>
    holders(world, key).map((peer) => {
      const { heads, pending, content } = stateOf(peer, key);
      const sessions = peer.engine.mesh.status(key).peers.map(({ connected }) => (connected ? '+' : '-'));
      return `space ${i} at ${peer.name}: heads ${heads.slice(0, 8)} content ${content().slice(0, 8)} pending ${pending} ${sessions.join('')}`;
    }),
  );
  return lines.join('\n');
}
