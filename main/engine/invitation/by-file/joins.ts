/** All joins by file of a profile, as guest and as host: finds the one that a file belongs to, and stores what it leads to. */
import { equal, toHex } from '../../bytes.ts';
import type { Hex } from '../../bytes.ts';
import { inviteKeys } from '../../crypto/keys.ts';
import { sha256 } from '../../crypto/hash.ts';
import { CoveError } from '../../errors.ts';
import { Listeners } from '../../listeners.ts';
import { decodeCode, encodeCode } from '../code.ts';
import type { InvitationCode } from '../code.ts';
import type { Entrance } from '../entrance.ts';
import type { GuestStore } from '../guest-store.ts';
import type { Door } from '../hosting.ts';
import { LIMITS } from '../limits.ts';
import type { InvitationParts } from '../parts.ts';
import type { FileJoin, FileJoins } from './file-join.ts';
import { readJoinFile } from './format.ts';
import type { JoinFile } from './format.ts';
import { GuestJoin } from './guest-join.ts';
import * as guest from './guest-steps.ts';
import { HostJoin } from './host-join.ts';
import * as host from './host-steps.ts';
import { JoinStore } from './store.ts';
import type { JoinRow } from './store.ts';

export interface FileJoinsOptions {
  readonly parts: InvitationParts;
  readonly guests: GuestStore;
  readonly entrance: () => Entrance;
  /** Open invitations made here, and one of them; its secrets are with it as long as it is open. */
  readonly doors: () => readonly Door[];
  readonly isOwn: (invId: Uint8Array) => boolean;
  /** Of an invitation made here, ended or not. */
  readonly spaceKey: (invId: Uint8Array) => Hex | undefined;
  readonly told: (invId: Uint8Array) => void;
  /** The search for the host on the network ends. */
  readonly leaveNetwork: (invId: Uint8Array) => void;
  readonly onChange: () => void;
}

export class AllFileJoins implements FileJoins {
  readonly #options: FileJoinsOptions;
  readonly #store: JoinStore;
  readonly #joins = new Map<Hex, GuestJoin | HostJoin>();

  constructor(options: FileJoinsOptions) {
    this.#options = options;
    const { parts, guests } = options;
    this.#store = new JoinStore(parts.storage);
    const now = parts.clock.now();
    this.#store.sweep(now);
    for (const row of this.#store.all().reverse()) {
      if (!parts.restored) {
        this.#add(row);
        continue;
      }
      // An older copy has forgotten which files were made: the same numbers would be used for others.
      this.#store.delete(row.id);
      if (row.side === 'guest') guests.end(row.invId, { state: 'cancelled', error: 'cancelled', at: now });
    }
  }

  /** Whether a join by file of this invitation is under way: then nobody looks for its host on the network. */
  has(invId: Uint8Array): boolean {
    return [...this.#joins.values()].some((join) => join.side === 'guest' && !join.over && equal(join.invId, invId));
  }

  /** One that is joined on the network instead. */
  drop(invId: Uint8Array): void {
    for (const join of this.#joins.values()) if (join.side === 'guest' && equal(join.invId, invId)) join.forget();
  }

  begin(text: string | InvitationCode): FileJoin {
    const { parts, guests, isOwn, leaveNetwork } = this.#options;
    const options = parts.loopback ? { loopback: true } : {};
    const code = typeof text === 'string' ? decodeCode(text, options) : text;
    if (code.kind !== 'space') throw new CoveError('device-code-here');
    const keys = inviteKeys(code.secret, code.pkHash);
    const { invId } = keys;
    const present = [...this.#joins.values()].find(
      (one) => one.side === 'guest' && equal(one.invId, invId) && !one.over,
    );
    if (present) return present.view;
    const row = guests.get(invId);
    const here = row?.spaceId ? parts.replicas.get(row.spaceId)?.ownRole() !== undefined : false;
    if (here || isOwn(invId)) throw new CoveError('already-member');
    const now = parts.clock.now();
    if (code.expires + LIMITS.clockSkew <= now) throw new CoveError('expired');
    if (row?.attemptsLeft === 0) throw new CoveError('attempts-used');
    leaveNetwork(invId);
    this.drop(invId);
    const { kept, file } = guest.begin({ code, keys }, parts.random);
    const { id } = readJoinFile(file);
    this.#store.transaction(() => {
      guests.begin({ invId, code: encodeCode(code, options), created: now, expires: code.expires });
      this.#store.insert({ id, invId, side: 'guest', created: now }, { phase: 'first', kept, file });
    });
    return this.#stored(id);
  }

  take(bytes: Uint8Array): FileJoin {
    const file = readJoinFile(bytes);
    const hash = sha256(bytes);
    const join = this.#joins.get(toHex(file.id));
    const side = file.step % 2 === 1 ? 'host' : 'guest';
    if (!join) return file.step === 1 ? this.#open(file, hash) : unknown();
    if (join.side !== side) throw new CoveError('join-file-own');
    const took = this.#store.took(file.id, hash);
    if (took === 'last') return join.view;
    if (took === 'earlier' || join.awaits !== file.step) throw new CoveError('join-file-old');
    join.take(file, hash);
    return join.view;
  }

  list(): readonly FileJoin[] {
    return [...this.#joins.values()].reverse().map(({ view }) => view);
  }

  get(id: Hex): FileJoin | undefined {
    return this.#joins.get(id)?.view;
  }

  /** This device has what it was granted: by a session with it, or by a file of changes. */
  memberSeen(spaceKey: Hex, deviceId: Uint8Array): void {
    for (const join of this.#joins.values()) {
      if (join.side === 'host' && join.view.spaceKey === spaceKey) join.seen(deviceId);
    }
  }

  /** The space's copy is about to be deleted, and the rows with it. */
  leave(spaceKey: Hex): void {
    for (const [id, { view }] of this.#joins) if (view.spaceKey === spaceKey) this.#joins.delete(id);
  }

  close(): void {
    for (const join of this.#joins.values()) join.close();
  }

  /** File 1, of a guest who is new here. */
  #open(file: JoinFile, hash: Uint8Array): FileJoin {
    const { parts, doors } = this.#options;
    for (const door of doors()) {
      const { invId, kind } = door.record.row;
      const answered = kind === 'space' ? host.answer(door, file, parts.random) : null;
      if (!answered) continue;
      const row = { id: file.id, invId, side: 'host', created: parts.clock.now() } as const;
      this.#store.insert(row, { phase: 'answered', ...answered, taken: hash });
      return this.#stored(file.id);
    }
    return unknown();
  }

  #stored(id: Uint8Array): FileJoin {
    const join = this.#add(this.#store.get(id) as JoinRow);
    this.#options.onChange();
    return join.view;
  }

  #add(row: JoinRow): GuestJoin | HostJoin {
    const { parts, guests, entrance, doors, spaceKey, told, onChange } = this.#options;
    const id = toHex(row.id);
    const listeners = new Listeners(parts.log);
    const common = {
      ...{ parts, row, listeners, store: this.#store },
      onChange: () => (listeners.call(), onChange()),
      onForget: () => void this.#joins.delete(id),
    };
    const { invId } = row;
    const join =
      row.side === 'guest'
        ? new GuestJoin({ ...common, guests, entrance })
        : new HostJoin({
            ...common,
            door: () => doors().find(({ record }) => equal(record.row.invId, invId)),
            spaceKey: () => spaceKey(invId),
            told: () => told(invId),
          });
    this.#joins.set(id, join);
    return join;
  }
}

function unknown(): never {
  throw new CoveError('join-file-unknown');
}
