/**
 * A member whose program signs whatever it likes. Otherwise it runs the real engine, which takes its lies for its own
 * and tells them as it tells everything: over real sessions, to whoever asks. Two stories are told to each asker by
 * chance.
 */
import { fromHex, toHex } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import { yjsClientId } from '../../main/engine/crypto/keys.ts';
import { encodeControl } from '../../main/engine/echo/control.ts';
import type { Control } from '../../main/engine/echo/control.ts';
import { CoveError } from '../../main/engine/errors.ts';
import { ENTRY_KIND, readHeader } from '../../main/engine/echo/entry.ts';
import type { Header } from '../../main/engine/echo/entry.ts';
import type { DataItem, RawEntry, Replica } from '../../main/engine/echo/replica.ts';
import { forge, person } from '../engine/log/fixture.ts';
import type { Forgery } from '../engine/log/fixture.ts';
import { craft } from '../engine/log/texts.ts';
import { Prng } from '../engine/net/prng.ts';
import { CANARY } from './ledger.ts';
import type { SimPeer } from './peer.ts';
import type { World } from './world.ts';

interface Words {
  readonly world: World;
  readonly teller: SimPeer;
  readonly space: Hex;
  readonly replica: Replica;
  readonly dice: Prng;
}

/** What the dishonest device told; undefined where it could not. */
export function tellLie(world: World, dice: Prng): string | undefined {
  const { teller } = world.lies;
  if (!teller?.running) return undefined;
  const held = [...world.spaces.keys()].filter((key) => teller.replica(key) !== undefined);
  const space = choose(dice, held);
  const name = choose(dice, Object.keys(LIES) as (keyof typeof LIES)[]);
  if (space === undefined || name === undefined) return undefined;
  const replica = teller.replica(space) as Replica;
  world.lies.noteLogs();
  // A device that has left no log behind cannot even lie.
  if (!replica.have().some(([logId]) => toHex(logId) === toHex(replica.logId))) return undefined;
  return LIES[name]({ world, teller, space, replica, dice }) ? name : undefined;
}

/** Each: whether there was anything to lie about. */
const LIES = {
  /** Two branches of one log, of the same length or not. */
  'two stories'(words: Words): boolean {
    if (!saved(words)) return false;
    const [one, other] = [branch(words), branch(words)];
    denied(words);
    // To one after the other, or all who ask hear the first.
    tellSome(words, other);
    return tell(words, ...one);
  },

  /** Another end for what others may have built on: what stands in the same notes may fall with it. */
  'another past'(words: Words): boolean {
    const { world, teller, space, replica, dice } = words;
    const log = toHex(replica.logId);
    const head = replica.have().find(([logId]) => toHex(logId) === log)?.[1] ?? 0;
    const from = head - (dice.u32() % 3);
    if (from < 3) return false;
    const [before, ...taken] = replica.read([replica.logId, from - 1, head], Infinity);
    // Whom he let in or what keys he made is another matter: who falls with that is not written down here.
    if (before === undefined || taken.some(([bytes]) => readHeader(bytes)?.kind !== ENTRY_KIND.data)) return false;
    world.ledger.tainted(teller, space);
    denied(words);
    tellSome(words, branch(words, before));
    return true;
  },

  /** Acts that need a role which he never had. */
  'above his role'(words: Words): boolean {
    const { world, teller, space, dice } = words;
    const made = choose(dice, presumptuous(words));
    if (made === undefined) return false;
    const founder = world.spaces.get(space);
    const believed = world.planted === 'lie believed' ? founder?.replica(space) : undefined;
    const entry = believed
      ? believed.appendControl({ type: 'MemberRole', identityId: teller.identityId, role: 'admin' }).hash
      : said(words, { kind: ENTRY_KIND.control, payload: encodeControl(made) });
    if (entry === undefined) return false;
    world.lies.presumptions.push({ space, hash: toHex(entry), what: made[0] });
    return true;
  },

  /** Of one who may only read, and always could no more than that. */
  'a scribble'(words: Words): boolean {
    const { world, space, dice } = words;
    if (everHad(words, 'owner', 'admin', 'editor')) return false;
    const object = dice.bytes(16);
    if (said(words, { items: written(object, dice) }) === undefined) return false;
    world.lies.scribbles.push({ space, object: toHex(object) });
    return true;
  },

  /** A payload that opens with no key. */
  nonsense: (words: Words): boolean => said(words, { payload: words.dice.bytes(104) }) !== undefined,

  /** Text that another device is made to have written. */
  'words in another mouth'(words: Words): boolean {
    const { replica, teller, space, dice } = words;
    const others = replica.have().filter(([logId]) => toHex(logId) !== toHex(replica.logId));
    const victim = choose(dice, others);
    const object = choose(
      dice,
      (teller.space(space)?.query({ type: 'note' }) ?? []).map(({ id }) => id),
    );
    if (victim === undefined || object === undefined) return false;
    const update = craft(yjsClientId(victim[0]), [
      { clock: dice.u32() % 3, origin: null, right: null, text: `${CANARY} never written` },
    ]);
    return said(words, { items: [[fromHex(object), null, update]] }) !== undefined;
  },

  /** The end of somebody else's log, under the wrong signature. */
  'another name'(words: Words): boolean {
    const { replica, teller, dice } = words;
    const others = replica.have().filter(([logId]) => toHex(logId) !== toHex(replica.logId));
    const [logId, seq] = choose(dice, others) ?? [];
    if (logId === undefined || seq === undefined || seq < 2) return false;
    const [before] = replica.read([logId, seq - 1, seq - 1], Infinity);
    if (before === undefined) return false;
    const change = { after: before, items: written(dice.bytes(16), dice) };
    tellSome(words, [forge(teller.profile.identity, replica, change)]);
    return true;
  },
} as const;

/** What waits to become an entry would stand behind the lie. False where earlier lies leave it no text to write to. */
function saved({ teller, space }: Words): boolean {
  try {
    teller.space(space)?.flush();
    return true;
  } catch (error) {
    if (error instanceof CoveError) return false;
    throw error;
  }
}

/** From here on nothing in this log counts, whichever story it goes on with. */
function denied({ world, teller, space }: Words): void {
  world.ledger.forked(teller, space);
  world.lies.forked = true;
}

const written = (object: Uint8Array, dice: Prng): DataItem[] => [
  [object, { '/type': [0, 'lie'], '/title': [0, `${CANARY} lie ${dice.u32()}`] }, null],
];

/** One to three entries from the head of the teller's log on, or after `before`. */
function branch({ teller, replica, dice }: Words, before?: RawEntry): RawEntry[] {
  const entries: RawEntry[] = [];
  for (let length = 1 + (dice.u32() % 3); entries.length < length;) {
    const after = entries.at(-1) ?? before;
    const change: Forgery = { items: written(dice.bytes(16), dice), ...(after && { after }) };
    entries.push(forge(teller.profile.identity, replica, change));
  }
  return entries;
}

/** Puts entries into the teller's own log as if they had been written. */
function tell({ replica, teller, world }: Words, ...entries: readonly RawEntry[]): boolean {
  const { stored } = replica.receive(teller.deviceId, entries);
  world.lies.noteLogs();
  return stored > 0;
}

/** One entry with a past that may be long gone; its hash. */
function said(words: Words, change: Forgery): Uint8Array | undefined {
  const { replica, teller, dice } = words;
  const deps = replica
    .have()
    .filter(([logId]) => toHex(logId) !== toHex(replica.logId) && dice.chance(0.7))
    .map(([logId, seq]) => ({ logId, log: toHex(logId), seq: Math.max(1, seq - (dice.u32() % 4)) }))
    .sort((x, y) => (x.log < y.log ? -1 : 1));
  const entry = forge(teller.profile.identity, replica, { deps, ...change });
  return tell(words, entry) ? (readHeader(entry[0]) as Header).hash : undefined;
}

/** Whoever asks for this stretch of the log gets `other` instead, or the truth. Until the device starts anew. */
function tellSome({ replica, dice }: Words, other: readonly RawEntry[]): void {
  const { log, seq: first } = readHeader((other[0] as RawEntry)[0]) as Header;
  const read = replica.read.bind(replica);
  const coin = new Prng(dice.u32());
  replica.read = (range, maxBytes) => {
    const [logId, from, to] = range;
    const honest = read(range, maxBytes);
    if (toHex(logId) !== log || to < first || coin.chance(0.5)) return honest;
    const before = honest.slice(0, Math.max(0, first - from));
    const told = other.slice(Math.max(0, from - first), to - first + 1);
    return told.length > 0 ? [...before, ...told] : honest;
  };
}

function presumptuous(words: Words): Control[] {
  const { world, teller, space, replica, dice } = words;
  const me = teller.identityId;
  const [other] = replica.authority().members.filter(({ identityId }) => identityId !== toHex(me));
  const founder = world.spaces.get(space) as SimPeer;
  const acts: Control[] = [];
  if (!everHad(words, 'owner')) {
    acts.push(['SpaceDelete', {}]);
    acts.push(['MemberRole', { identityId: me, role: 'admin' }]);
    acts.push(['MemberRemove', { identityId: founder.identityId }]);
  }
  if (!everHad(words, 'owner', 'admin')) {
    const stranger = person(`stranger ${dice.u32()}`);
    const { identityId, certs: chain } = stranger;
    acts.push(['MemberAdmit', { identityId, chain, role: 'editor', invId: dice.bytes(16) }]);
    if (other) acts.push(['MemberRemove', { identityId: fromHex(other.identityId) }]);
    if (other) acts.push(['MemberRole', { identityId: fromHex(other.identityId), role: 'reader' }]);
  }
  if (!everHad(words, 'owner', 'admin', 'editor')) {
    acts.push(['KeyEpoch', { keyId: dice.bytes(16), wraps: [[teller.deviceId, dice.bytes(160)]] }]);
  }
  return acts;
}

/** Whether anybody ever gave one of these roles to the teller's person, whether or not it still counts. */
function everHad({ world, teller, space }: Words, ...roles: readonly string[]): boolean {
  if (roles.includes('owner') && world.spaces.get(space)?.person === teller.person) return true;
  return roles.some((role) => world.invitations.given.has(`${teller.person} ${space} ${role}`));
}

function choose<T>(dice: Prng, from: readonly T[]): T | undefined {
  const roll = dice.u32();
  return from[roll % Math.max(1, from.length)];
}
