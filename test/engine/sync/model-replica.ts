/**
 * A Replica reduced to what the mesh can see of one: logs of unsigned entries, a list of members, epochs. It keeps
 * the rules the mesh relies on (no gaps, entries never change) and survives its peer's restarts, so that tests of the
 * mesh alone are fast and say precisely what went wrong. The tests beside it with the real log prove the rest.
 */
import { concat, toHex, utf8 } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { sha256 } from '../../../main/engine/crypto/hash.ts';
import { epochKeys } from '../../../main/engine/crypto/keys.ts';
import type { DeviceKeys } from '../../../main/engine/crypto/keys.ts';
import type {
  Authority,
  EpochKeys,
  LogHead,
  LogRange,
  MemberDevice,
  RawEntry,
  ReceiveResult,
  Replica,
  Role,
} from '../../../main/engine/echo/replica.ts';

/** What all replicas of a space agree on. */
export interface ModelSpace {
  readonly spaceId: Uint8Array;
  readonly epochs: EpochKeys[];
}

export function modelSpace(name: string): ModelSpace {
  const spaceId = sha256(utf8(name));
  return { spaceId, epochs: [modelEpoch(spaceId, 'first')] };
}

export function modelEpoch(spaceId: Uint8Array, name: string): EpochKeys {
  return epochKeys(sha256(utf8(`${name} content`)), sha256(utf8(`${name} meeting`)), spaceId);
}

export function modelDevice(keys: DeviceKeys, name: string): MemberDevice {
  const deviceId = toHex(keys.sign.pk);
  return { deviceId, identityId: toHex(sha256(keys.sign.pk)), noisePk: keys.noise.pk, boxPk: keys.box.pk, name };
}

export class ModelReplica implements Replica {
  readonly spaceId: Uint8Array;
  readonly key: Hex;
  readonly identityId = new Uint8Array(32);
  readonly row: number;
  readonly #space: ModelSpace;
  readonly logId: Uint8Array;
  readonly #logs = new Map<Hex, RawEntry[]>();
  readonly #advance = new Set<(heads: readonly LogHead[]) => void>();
  readonly #authorityChanged = new Set<() => void>();
  #members: readonly MemberDevice[];
  /** A member who is admitted by whoever sees this entry's payload: 'admit ' and the index into `#candidates`. */
  readonly #candidates: readonly MemberDevice[];
  #epochs: readonly EpochKeys[];

  constructor(options: {
    space: ModelSpace;
    row: number;
    device: MemberDevice;
    members: readonly MemberDevice[];
    candidates?: readonly MemberDevice[];
  }) {
    this.#space = options.space;
    this.spaceId = options.space.spaceId;
    this.key = toHex(this.spaceId);
    this.row = options.row;
    this.logId = sha256(this.spaceId, utf8(options.device.deviceId)).slice(0, 16);
    this.#members = options.members;
    this.#candidates = options.candidates ?? [];
    this.#epochs = [...options.space.epochs];
  }

  // What tests do.

  write(text: string, padding = 0): void {
    const log = toHex(this.logId);
    const entries = this.#logs.get(log) ?? [];
    this.#logs.set(log, entries);
    const header = new Uint8Array(184);
    header.set([1, text.startsWith('admit ') ? 1 : 0]);
    header.set(this.logId, 4);
    new DataView(header.buffer).setBigUint64(20, BigInt(entries.length + 1));
    entries.push([header, concat(utf8(text), new Uint8Array(padding))]);
    this.#consider(entries.at(-1) as RawEntry);
    this.#tell([log]);
  }

  setMembers(members: readonly MemberDevice[]): void {
    this.#members = members;
    for (const fn of [...this.#authorityChanged]) fn();
  }

  setEpochs(epochs: readonly EpochKeys[]): void {
    this.#epochs = epochs;
    for (const fn of [...this.#authorityChanged]) fn();
  }

  get space(): ModelSpace {
    return this.#space;
  }

  get entries(): number {
    return [...this.#logs.values()].reduce((sum, log) => sum + log.length, 0);
  }

  /** Equal on replicas that hold the same entries. */
  digest(): string {
    const logs = [...this.#logs].sort(([a], [b]) => (a < b ? -1 : 1));
    return toHex(
      sha256(...logs.flatMap(([, entries]) => entries.flatMap(([h, p]) => [h, p ?? new Uint8Array(0)])), utf8('.')),
    );
  }

  /** A restart: what is stored stays, whoever listened is gone. */
  restart(): void {
    this.#advance.clear();
    this.#authorityChanged.clear();
  }

  // What the mesh does.

  authority(): Authority {
    const members = this.#members.map((device) => ({
      identityId: device.identityId,
      role: 'editor' as const,
      name: device.name,
      avatar: '',
      devices: [device],
    }));
    return {
      members,
      member: (identityId) => members.find((member) => member.identityId === identityId),
      device: (deviceId) => this.#members.find((device) => device.deviceId === deviceId),
      anyDevice: () => undefined,
      revocationOf: () => undefined,
      roleOfDevice: (deviceId) => (this.#members.some((device) => device.deviceId === deviceId) ? 'editor' : undefined),
      endOf: () => undefined,
      namedMeetingPoints: () => undefined,
    };
  }
  ownRole(): Role | undefined {
    return 'editor';
  }
  mayWrite(): boolean {
    return true;
  }
  epoch(): EpochKeys {
    return this.#epochs[0] as EpochKeys;
  }
  contentEpoch(): EpochKeys {
    return this.epoch();
  }
  /** Everybody has the epochs of a model from the start, or is given them. */
  epochHead(): undefined {}

  missesEpoch() {
    return false;
  }

  knowers(): ReadonlySet<Hex> {
    return new Set();
  }

  epochs(): readonly EpochKeys[] {
    return this.#epochs;
  }
  heldEpochs(): [] {
    return [];
  }
  append(): never {
    throw new Error('the mesh writes nothing');
  }
  appendControl(): never {
    throw new Error('the mesh writes nothing');
  }

  shareKeys(): void {}

  have(): readonly LogHead[] {
    return [...this.#logs].filter(([, entries]) => entries.length > 0).map(([log]) => this.#head(log));
  }

  headsAt(): readonly LogHead[] {
    return this.have();
  }

  walls() {
    return undefined;
  }

  ownLogs(): readonly LogHead[] {
    return this.have().filter(([log]) => toHex(log) === toHex(this.logId));
  }

  read([logId, from, to]: LogRange, maxBytes: number): readonly RawEntry[] {
    const out: RawEntry[] = [];
    let bytes = 0;
    for (const entry of (this.#logs.get(toHex(logId)) ?? []).slice(from - 1, to)) {
      bytes += entry[0].length + (entry[1]?.length ?? 0);
      if (out.length > 0 && bytes > maxBytes) break;
      out.push(entry);
    }
    return out;
  }

  receive(_from: Uint8Array, entries: readonly RawEntry[]): ReceiveResult {
    const missing: LogRange[] = [];
    const moved = new Set<Hex>();
    let stored = 0;
    for (const entry of entries) {
      const logId = entry[0].slice(4, 20);
      const seq = Number(new DataView(entry[0].buffer, entry[0].byteOffset + 20).getBigUint64(0));
      const log = this.#logs.get(toHex(logId)) ?? [];
      this.#logs.set(toHex(logId), log);
      if (seq === log.length + 1) {
        log.push(entry);
        this.#consider(entry);
        moved.add(toHex(logId));
        stored++;
      } else if (seq > log.length + 1) missing.push([logId, log.length + 1, seq - 1]);
    }
    if (moved.size > 0) this.#tell([...moved]);
    return { stored, missing };
  }

  ended() {
    return undefined;
  }
  frozenAfter() {
    return undefined;
  }

  history(): never {
    throw new Error('the mesh reads no past');
  }
  setAside() {
    return 0;
  }
  farewell() {
    return undefined;
  }
  toldFork() {
    return undefined;
  }
  takeFarewell() {
    return false;
  }

  onAdvance(fn: (heads: readonly LogHead[]) => void) {
    this.#advance.add(fn);
    return () => void this.#advance.delete(fn);
  }

  onAuthority(fn: () => void) {
    this.#authorityChanged.add(fn);
    return () => void this.#authorityChanged.delete(fn);
  }

  #consider([header, payload]: RawEntry): void {
    if (header[1] !== 1 || !payload) return;
    const candidate = this.#candidates[Number(new TextDecoder().decode(payload).replace(/\0+$/, '').slice(6))];
    if (candidate && !this.#members.includes(candidate)) this.setMembers([...this.#members, candidate]);
  }

  #tell(logs: readonly Hex[]): void {
    const heads = logs.map((log) => this.#head(log));
    for (const fn of [...this.#advance]) fn(heads);
  }

  #head(log: Hex): LogHead {
    const entries = this.#logs.get(log) ?? [];
    const last = entries.at(-1) as RawEntry;
    return [last[0].slice(4, 20), entries.length, sha256(last[0])];
  }
}
