/**
 * Random histories of a space's control entries, devices included (protocol §5.3, §6.3): up to two owners, three more
 * people, three devices of most of them; who admits, changes, removes, leaves, mints, deletes, tells of new and of revoked
 * devices, and leaves out of his past what he likes but his own log. Without the entries' signatures: those are the matter
 * of the log's tests. A seed is a history.
 */
import { admission } from '../engine/admission.ts';
import { toHex, utf8 } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import { sha256 } from '../../main/engine/crypto/hash.ts';
import { deviceKeys } from '../../main/engine/crypto/keys.ts';
import type { DeviceKeys } from '../../main/engine/crypto/keys.ts';
import { SpaceAuthority } from '../../main/engine/echo/authority.ts';
import type { ControlEntry, Genesis } from '../../main/engine/echo/authority.ts';
import { encodeControl } from '../../main/engine/echo/control.ts';
import type { Control } from '../../main/engine/echo/control.ts';
import { writeDeps } from '../../main/engine/echo/entry.ts';
import { CERT_KIND, makeDeviceRevoke, readCert } from '../../main/engine/halo/cert.ts';
import type { Certificate } from '../../main/engine/halo/cert.ts';
import { person } from '../engine/log/fixture.ts';
import type { Person } from '../engine/log/fixture.ts';
import { dice } from './histories.ts';

interface Device {
  readonly keys: DeviceKeys;
  readonly who: Cast;
  readonly id: Hex;
  readonly log: Hex;
}
interface Cast extends Person {
  readonly key: Hex;
  readonly devices: readonly Device[];
  /** Certificates up to the admission of each device, by how many devices they admit. */
  readonly chains: readonly (readonly Uint8Array[])[];
  /** Of each device, by the root and by each other device. */
  readonly revocations: readonly Uint8Array[];
}
export interface SpaceHistory {
  readonly genesis: Genesis;
  readonly owners: readonly Hex[];
  readonly entries: readonly ControlEntry[];
  /** By entry: the entries before it. */
  readonly pasts: readonly ReadonlySet<number>[];
}
type Clock = ReadonlyMap<Hex, number>;
type Roll = (n: number) => number;

const ROLES = ['admin', 'editor', 'reader'] as const;
const invId = new Uint8Array(16);
const headOf = (certs: readonly Uint8Array[]) => [(readCert(certs.at(-1) as Uint8Array) as Certificate).hash];

/** The same people in every history: their keys and certificates are made once, after `ready`. */
export function cast(): readonly Cast[] {
  return ['O', 'P', 'A', 'B', 'C'].map((name) => {
    const made = person(`space history ${name}`);
    const devices: Device[] = [];
    let certs = made.certs;
    const chains: (readonly Uint8Array[])[] = [certs];
    const who = { ...made, key: toHex(made.identityId), devices, chains, revocations: [] as Uint8Array[] };
    for (const n of name === 'P' ? [1] : [1, 2, 3]) {
      const keys = deviceKeys(sha256(utf8(`space history ${name}${n}`)));
      const past = headOf(certs);
      const by = devices[0]?.keys.sign ?? made.root;
      certs = [...certs, admission({ by, identityId: made.identityId, keys, name: `${name}${n}`, past })];
      chains.push(certs);
      const log = toHex(sha256(utf8(`log of ${name}${n}`)).slice(0, 16));
      devices.push({ keys, who, id: toHex(keys.sign.pk), log });
    }
    for (const { keys } of devices) {
      const signers = [made.root, ...devices.map((other) => other.keys.sign).filter((sign) => sign !== keys.sign)];
      who.revocations.push(...signers.map((by) => makeDeviceRevoke(by, made.identityId, keys.sign.pk, headOf(certs))));
    }
    return who;
  });
}

export function spaceHistory(people: readonly Cast[], seed: number): SpaceHistory {
  const roll = dice(seed);
  const pick = <T>(of: readonly T[]): T => of[roll(of.length)] as T;
  const devices = people.flatMap((who) => who.devices);
  const [o, p, a, b, c] = people as [Cast, Cast, Cast, Cast, Cast];
  const owners = roll(2) === 0 ? [o] : [o, p];
  const entries: ControlEntry[] = [];
  /** Each entry and everything before it. */
  const clocks: Clock[] = [];
  const places = new Map<string, number>();
  const lengths = new Map<Hex, number>();
  const views = new Map(devices.map(({ log }) => [log, new Map<Hex, number>()]));
  const viewOf = ({ log }: Device) => views.get(log) as Map<Hex, number>;
  const merge = (into: Map<Hex, number>, clock: Clock): void => {
    for (const [log, seq] of clock) into.set(log, Math.max(seq, into.get(log) ?? 0));
  };
  const upTo = (log: Hex, seq: number): Clock => clocks[places.get(`${log} ${seq}`) as number] as Clock;

  function write(device: Device, control: Control, past: Clock): void {
    const seq = (lengths.get(device.log) ?? 0) + 1;
    lengths.set(device.log, seq);
    const clock = [...past]
      .filter(([log]) => log !== device.log)
      .map(([log, seen]) => ({ log, logId: Buffer.from(log, 'hex'), seq: seen }))
      .sort((one, other) => (one.log < other.log ? -1 : 1));
    const { length: bytes } = encodeControl(control);
    const hash = toHex(sha256(utf8(`${seed} ${device.log} ${seq}`)));
    places.set(`${device.log} ${seq}`, entries.length);
    const identity = device.who.identityId;
    entries.push({ hash, log: device.log, seq, device: device.id, identity, clock: writeDeps(clock), control, bytes });
    const full = new Map(past);
    full.set(device.log, seq);
    clocks.push(full);
    merge(viewOf(device), full);
  }
  const open = (device: Device): void => {
    const fields = { deviceId: device.keys.sign.pk, incarnation: invId, identityId: device.who.identityId };
    write(device, ['LogOpen', fields], new Map(viewOf(device)));
  };
  /** Less of the others than the device knows, closed under their pasts; its own log it cannot leave out. */
  function backdated(device: Device): Clock {
    const past = new Map<Hex, number>();
    for (const [log, seen] of viewOf(device)) {
      if (log === device.log) merge(past, upTo(log, seen));
      else if (roll(2) === 0) merge(past, upTo(log, 1 + roll(seen)));
    }
    return past;
  }

  const some = (who: Cast): readonly Uint8Array[] =>
    who.chains[1 + roll(who.chains.length - 1)] as readonly Uint8Array[];
  const whole = (who: Cast): readonly Uint8Array[] => who.chains.at(-1) as readonly Uint8Array[];
  const revoked = (who: Cast): Uint8Array[] => [...whole(who), pick(who.revocations)];
  const genesis: Genesis = [
    'Genesis',
    { v: 1, nonce: new Uint8Array(32), kind: 'shared', owners: owners.map((who) => [...some(who)]), policy: {} },
  ];
  const founder = o.devices[0] as Device;
  open(founder);
  write(founder, genesis, new Map(viewOf(founder)));
  for (const [who, role] of [
    [a, 'admin'],
    [b, 'editor'],
    [c, 'reader'],
  ] as const) {
    const fields = { identityId: who.identityId, chain: [...some(who)], role, invId };
    write(founder, ['MemberAdmit', fields], new Map(viewOf(founder)));
  }
  for (const device of devices.slice(1)) {
    merge(viewOf(device), viewOf(founder));
    open(device);
  }
  const length = 8 + roll(30);
  for (let i = 0; i < length; i++) {
    const device = pick(devices);
    if (roll(4) === 0) {
      merge(viewOf(device), viewOf(pick(devices)));
      continue;
    }
    const past = roll(3) === 0 ? backdated(device) : new Map(viewOf(device));
    write(device, anything(roll, pick, device), past);
  }

  function anything(roll: Roll, pick: <T>(of: readonly T[]) => T, { who }: Device): Control {
    const target = pick(people);
    const { identityId } = target;
    const wraps = devices
      .filter(() => roll(4) > 0)
      .map(({ keys }): [Uint8Array, Uint8Array] => [keys.sign.pk, new Uint8Array(160)]);
    const chain = roll(2) === 0 ? [...some(target)] : revoked(target);
    const all: readonly Control[] = [
      ['MemberRemove', { identityId }],
      ['MemberRole', { identityId, role: pick(ROLES) }],
      ['MemberAdmit', { identityId, chain, role: pick(ROLES), invId }],
      ['MemberLeave', {}],
      ['IdentityUpdate', { certs: roll(2) === 0 ? [...whole(who)] : revoked(who) }],
      ['IdentityUpdate', { certs: revoked(target) }],
      ['KeyEpoch', { keyId: sha256(utf8(`key ${roll(6)}`)).slice(0, 16), wraps }],
      ...(roll(6) === 0 ? [['SpaceDelete', {}] as Control] : []),
    ];
    return pick(all);
  }

  const pasts = clocks.map((clock, at) => {
    const before = [...clock].flatMap(([log, seq]) =>
      Array.from({ length: seq }, (_, i) => places.get(`${log} ${i + 1}`) as number),
    );
    return new Set(before.filter((place) => place !== at));
  });
  return { genesis, owners: owners.map(({ key }) => key), entries, pasts };
}

/** Another order in which no entry comes before its past. */
export function otherArrival({ entries, pasts }: SpaceHistory, roll: Roll): readonly ControlEntry[] {
  const order: ControlEntry[] = [];
  const rest = new Set(entries.keys());
  while (rest.size > 0) {
    const free = [...rest].filter((at) => [...(pasts[at] as ReadonlySet<number>)].every((before) => !rest.has(before)));
    const next = free[roll(free.length)] as number;
    order.push(entries[next] as ControlEntry);
    rest.delete(next);
  }
  return order;
}

/** Takes the entries in this order; `asking` asks in between as well, as an app does. */
export function authorityOf(
  { genesis }: SpaceHistory,
  order: readonly ControlEntry[],
  { Made = SpaceAuthority, asking = false } = {},
): SpaceAuthority {
  const authority = new Made(genesis);
  for (const entry of order) {
    authority.add(entry);
    if (asking) void [authority.members, authority.epochs(), authority.isValid(entry.hash)];
  }
  return authority;
}

/** Everything that an authority says, in a form that can be compared; each answer under its name. */
export function answers(people: readonly Cast[], { entries }: SpaceHistory, authority: SpaceAuthority) {
  const sorted = (lines: readonly string[]): string => lines.toSorted().join('\n');
  const devices = people.flatMap((who) => who.devices);
  return {
    members: JSON.stringify(authority.members),
    epochs: JSON.stringify(authority.epochs()),
    keyIds: sorted(authority.keyIds(NONE)),
    valid: entries.map(({ hash }) => Number(authority.isValid(hash))).join(''),
    deleted: authority.deletion() !== undefined,
    covered: devices.map(({ log, id, who }) => authority.coveredByEnds(log, id, who.key)).join(),
    uncovered: sorted(
      authority
        .uncovered(NONE)
        .map(({ keyId, devices: missing }) => `${keyId} ${sorted(missing.map(({ deviceId }) => deviceId))}`),
    ),
    ends: JSON.stringify(people.map(({ key }) => authority.endOf(key))),
  };
}

/** Keys of data that counts: here are control entries alone. */
const NONE: ReadonlySet<Hex> = new Set();

const KIND = { admit: CERT_KIND.admit, revoke: CERT_KIND.revoke } as const;
const certificates = new Map<Uint8Array, Certificate>();
function read(bytes: Uint8Array): Certificate {
  const known = certificates.get(bytes) ?? (readCert(bytes) as Certificate);
  certificates.set(bytes, known);
  return known;
}

/** What is broken in the outcome; empty when nothing is. */
export function spaceViolations(
  people: readonly Cast[],
  { entries, pasts, owners }: SpaceHistory,
  authority: SpaceAuthority,
): string[] {
  const found: string[] = [];
  const certsIn = ({ control: [type, fields] }: ControlEntry): readonly Certificate[] => {
    const chains =
      type === 'Genesis'
        ? fields.owners.flat()
        : type === 'MemberAdmit'
          ? fields.chain
          : type === 'IdentityUpdate'
            ? fields.certs
            : [];
    return chains.map(read);
  };
  const names = (entry: ControlEntry, device: Hex, kind: 'admit' | 'revoke'): boolean =>
    certsIn(entry).some((cert) => cert.kind === KIND[kind] && toHex(cert.deviceId) === device);
  const revoked = new Set(
    people
      .flatMap((who) => who.devices)
      .filter(({ id }) => authority.revocationOf(id))
      .map(({ id }) => id),
  );
  for (const [at, entry] of entries.entries()) {
    const [type] = entry.control;
    if (type === 'LogOpen' || type === 'Genesis' || !authority.isValid(entry.hash)) continue;
    const past = pasts[at] as ReadonlySet<number>;
    const before = [...past, at].map((place) => entries[place] as ControlEntry);
    if (!before.some((other) => names(other, entry.device, 'admit'))) found.push('a device acts that nobody let in');
    if (!revoked.has(entry.device)) continue;
    const isKept = entries.some((line, place) => pasts[place]?.has(at) && names(line, entry.device, 'revoke'));
    if (!isKept) found.push('a revoked device still acts');
  }
  for (const { identityId, role, devices } of authority.members) {
    if (role === 'owner' && !owners.includes(identityId)) found.push('an owner who is none');
    for (const { deviceId } of devices) if (revoked.has(deviceId)) found.push('a revoked device is a member’s');
    if (role === 'owner') continue;
    const isAbout = ({ control: [type, fields], hash }: ControlEntry): boolean =>
      (type === 'MemberAdmit' || type === 'MemberRole') &&
      toHex(fields.identityId) === identityId &&
      authority.isValid(hash) &&
      (role !== 'admin' || fields.role === 'admin');
    const grants = entries.filter(isAbout);
    if (role === 'admin' && !grants.some(({ identity }) => owners.includes(toHex(identity)))) {
      found.push('an admin whom no owner made one');
    }
    if (!grants.some(({ control: [type] }) => type === 'MemberAdmit') && role !== 'admin') {
      found.push('a member whom nobody let in');
    }
  }
  return found;
}
