/** All invitations of a profile, made and accepted: what the SDK calls. */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { boxKeyPair } from '../crypto/box.ts';
import { inviteKeys, invitePkHash } from '../crypto/keys.ts';
import { mayInvite } from '../echo/permissions.ts';
import type { Replica } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import type { HostAddress } from '../meeting-address.ts';
import type { Cancel } from '../ports.ts';
import { decodeCode, encodeCode, flagsOf, makeAuthCode } from './code.ts';
import type { InvitationCode } from './code.ts';
import type { Entrance } from './entrance.ts';
import { GuestStore } from './guest-store.ts';
import type { GuestRow } from './guest-store.ts';
import { HostStore } from './host-store.ts';
import type { HostRow, InvitableRole } from './host-store.ts';
import { Hosting } from './hosting.ts';
import { Listeners } from '../listeners.ts';
import type { GuestInvitation, HostInvitation } from './invitation.ts';
import { Joining } from './joining.ts';
import { LIMITS } from './limits.ts';
import { meetingPointsOf } from './meeting-points.ts';
import type { InvitationParts } from './parts.ts';
import type { FileJoins } from './by-file/file-join.ts';
import { AllFileJoins } from './by-file/joins.ts';

/** What a guest becomes when nobody says. */
const ROLE: InvitableRole = 'editor';

export interface InviteOptions {
  /** Default: editor. */
  readonly role?: InvitableRole;
  readonly multiUse?: boolean;
  /** For a multi-use invitation: how many people; default 100. */
  readonly maxUses?: number;
  /** Default 24 hours, at most 7 days; rounded up to a whole minute. */
  readonly expiresInMs?: number;
  /** The host's own meeting point on the local network. */
  readonly address?: HostAddress;
  /** A meeting point's `mqtts://` URL. */
  readonly url?: string;
  /** Every guest has to be approved by a person at the host. */
  readonly approval?: boolean;
}

export interface Invitations {
  /** At once, synchronously, live. Throws CoveError: not-permitted, too-many-invitations, bad-request, code-invalid. */
  create(space: Replica, options?: InviteOptions): HostInvitation;
  /**
   * A code for another device of this person, for one device and always with a person's consent here. The same errors
   * as `create`.
   */
  createForDevice(halo: Replica, options?: Pick<InviteOptions, 'expiresInMs' | 'address' | 'url'>): HostInvitation;
  /** Those made here and not forgotten yet (30 days after their end), newest first. */
  list(space?: Replica): readonly HostInvitation[];
  get(id: Hex): HostInvitation | undefined;
  /** Takes a code, a link, or text around one. Throws CoveError: code-invalid, code-newer, device-code-here, already-member. */
  accept(code: string | InvitationCode): GuestInvitation;
  /** Those accepted here and not forgotten yet, newest first. */
  joining(): readonly GuestInvitation[];
  getJoining(id: Hex): GuestInvitation | undefined;
  /** Joins without a network, on either side. */
  readonly byFile: FileJoins;
  /** `deviceId` showed that it is in `space`, by a session or a file of changes: it has whatever an invitation granted it. */
  memberSeen(space: Replica, deviceId: Uint8Array): void;
  /** The space's copy is about to be deleted: its invitations end without a word, here and on disk. */
  leave(space: Replica): void;
  /** After any change of any invitation. */
  onChange(fn: () => void): Cancel;
  /** Stops everything; the next `createInvitations` resumes it. */
  close(): void;
}

/** Resumes what was under way when the profile was last open. */
export function createInvitations(parts: InvitationParts): Invitations {
  return new AllInvitations(parts);
}

class AllInvitations implements Invitations {
  readonly #parts: InvitationParts;
  readonly #hosts: HostStore;
  readonly #guests: GuestStore;
  readonly #hostings = new Map<Hex, Hosting>();
  readonly #joinings = new Map<Hex, Joining>();
  readonly #listeners: Listeners;
  readonly byFile: AllFileJoins;

  constructor(parts: InvitationParts) {
    this.#parts = parts;
    this.#listeners = new Listeners(parts.log);
    this.#hosts = new HostStore(parts.storage);
    this.#guests = new GuestStore(parts.storage);
    const now = parts.clock.now();
    this.#hosts.sweep(now);
    // Each guess that an older copy has forgotten would be one more than three.
    if (parts.restored) for (const { invId } of this.#hosts.all()) this.#hosts.end(invId, 'revoked', now);
    this.#guests.sweep(now);
    for (const row of this.#hosts.all().reverse()) this.#host(row);
    this.byFile = this.#byFile();
    for (const row of this.#guests.all().reverse()) {
      if (!this.byFile.has(row.invId)) this.#join(row, this.#decode(row.code));
    }
  }

  create(space: Replica, options: InviteOptions = {}): HostInvitation {
    if (!mayInvite(space.ownRole(), options.role ?? ROLE)) throw new CoveError('not-permitted');
    return this.#open('space', space, options);
  }

  createForDevice(halo: Replica, options: Pick<InviteOptions, 'expiresInMs' | 'address' | 'url'> = {}): HostInvitation {
    if (!this.#parts.linking || halo.ownRole() === undefined) throw new CoveError('not-permitted');
    return this.#open('device', halo, { ...options, approval: true });
  }

  #open(kind: InvitationCode['kind'], space: Replica, options: InviteOptions): HostInvitation {
    const { clock, random, loopback } = this.#parts;
    const { role = ROLE, multiUse = false, approval = false } = options;
    const life = options.expiresInMs ?? LIMITS.life;
    const maxUses = multiUse ? (options.maxUses ?? LIMITS.multiUses) : 1;
    if (!(life > 0 && life <= LIMITS.longestLife) || !Number.isInteger(maxUses) || maxUses < 1) {
      throw new CoveError('bad-request');
    }
    if (this.#hosts.listening() >= LIMITS.live) throw new CoveError('too-many-invitations');

    const created = clock.now();
    const secret = random.bytes(16);
    const host = boxKeyPair(random.bytes(32));
    const code: InvitationCode = {
      kind,
      multiUse,
      ...(role === 'keeper' ? { keeper: true as const } : {}),
      expires: Math.ceil((created + life) / 60_000) * 60_000,
      ...(options.address ? { address: options.address } : {}),
      ...(options.url === undefined ? {} : { url: options.url }),
      secret,
      pkHash: invitePkHash(host.pk),
    };
    const { invId, topic, signalKey } = inviteKeys(secret, code.pkHash);
    const urls = meetingPointsOf(code);
    const row = {
      invId,
      kind,
      space: space.row,
      role,
      secrets: {
        code: encodeCode(code, loopback ? { loopback } : {}),
        secret,
        hostSk: host.sk,
        authCode: makeAuthCode(random),
      },
      hostPk: host.pk,
      flags: flagsOf(code),
      url: urls.length > 0 ? urls.join(' ') : null,
      state: 'listening',
      maxUses,
      fails: 0,
      approval,
      created,
      expires: code.expires,
      ended: null,
      signal: { topic, key: signalKey },
    } as const;
    this.#hosts.transaction(() => this.#hosts.insert(row));
    const { invitation } = this.#host(row);
    this.#listeners.call();
    return invitation;
  }

  list(space?: Replica): readonly HostInvitation[] {
    const all = [...this.#hostings.values()].reverse();
    return all.filter((hosting) => !space || hosting.spaceRow === space.row).map(({ invitation }) => invitation);
  }

  get(id: Hex): HostInvitation | undefined {
    return this.#hostings.get(id)?.invitation;
  }

  accept(text: string | InvitationCode): GuestInvitation {
    const { clock, replicas, loopback } = this.#parts;
    const options = loopback ? { loopback } : {};
    const code = typeof text === 'string' ? decodeCode(text, options) : { ...text, secret: text.secret.slice() };
    if (code.kind !== 'space') throw new CoveError('device-code-here');
    const { invId } = inviteKeys(code.secret, code.pkHash);
    const known = this.#joinings.get(toHex(invId));
    if (known && !known.over) return known.invitation;
    const before = this.#guests.get(invId)?.spaceId;
    const here = before ? replicas.get(before)?.ownRole() !== undefined : false; // one who was removed may come back
    if (here || this.#hosts.get(invId)) throw new CoveError('already-member');
    this.byFile.drop(invId);
    this.#guests.begin({ invId, code: encodeCode(code, options), created: clock.now(), expires: code.expires });
    const { invitation } = this.#join(this.#guests.get(invId) as GuestRow, code);
    this.#listeners.call();
    return invitation;
  }

  joining(): readonly GuestInvitation[] {
    return [...this.#joinings.values()].reverse().map(({ invitation }) => invitation);
  }

  getJoining(id: Hex): GuestInvitation | undefined {
    return this.#joinings.get(id)?.invitation;
  }

  memberSeen(space: Replica, deviceId: Uint8Array): void {
    if (equal(deviceId, this.#parts.identity.deviceId)) return;
    for (const hosting of this.#hostings.values()) if (hosting.spaceRow === space.row) hosting.memberSeen(deviceId);
    this.byFile.memberSeen(space.key, deviceId);
  }

  leave(space: Replica): void {
    this.byFile.leave(space.key);
    for (const [id, hosting] of this.#hostings) {
      if (hosting.spaceRow !== space.row) continue;
      hosting.close();
      this.#hostings.delete(id);
    }
    for (const [id, joining] of this.#joinings) {
      if (joining.invitation.spaceKey === space.key) this.#joinings.delete(id);
    }
    this.#listeners.call();
  }

  onChange(fn: () => void): Cancel {
    return this.#listeners.add(fn);
  }

  close(): void {
    for (const hosting of this.#hostings.values()) hosting.close();
    for (const joining of this.#joinings.values()) joining.close();
    this.byFile.close();
  }

  #byFile(): AllFileJoins {
    const hosting = (invId: Uint8Array): Hosting | undefined => this.#hostings.get(toHex(invId));
    return new AllFileJoins({
      ...{ parts: this.#parts, guests: this.#guests },
      entrance: () => this.#entrance(),
      doors: () => [...this.#hostings.values()].flatMap(({ door }) => door ?? []),
      isOwn: (invId) => this.#hosts.get(invId) !== undefined,
      spaceKey: (invId) => hosting(invId)?.invitation.spaceKey,
      told: (invId) => hosting(invId)?.told(),
      leaveNetwork: (invId) => {
        this.#joinings.get(toHex(invId))?.close();
        this.#joinings.delete(toHex(invId));
      },
      onChange: () => this.#listeners.call(),
    });
  }

  #host(row: HostRow): Hosting {
    const hosting = new Hosting({
      parts: this.#parts,
      store: this.#hosts,
      row,
      onChange: () => this.#listeners.call(),
      halfOpen: () => [...this.#hostings.values()].reduce((sum, { halfOpen }) => sum + halfOpen, 0),
    });
    this.#hostings.set(toHex(row.invId), hosting);
    hosting.start();
    return hosting;
  }

  /** As the person this profile is. */
  #entrance(): Entrance {
    const { identity, replicas, adopt } = this.#parts;
    return {
      device: identity.keys.sign,
      asks: { chain: () => identity.chain() },
      store: ({ grant, host, spaceId }, ended) =>
        replicas.join(grant, { deviceId: host }, (replica) => {
          if (!equal(replica.spaceId, spaceId)) throw new CoveError('refused');
          ended(spaceId);
        }),
      adopt,
    };
  }

  #join(row: GuestRow, code: InvitationCode | undefined): Joining {
    const joining = new Joining({
      ...{ parts: this.#parts, store: this.#guests, row, entrance: this.#entrance() },
      ...(code ? { code } : {}),
      onChange: () => this.#listeners.call(),
    });
    // Begun again, it is the newest.
    this.#joinings.delete(toHex(row.invId));
    this.#joinings.set(toHex(row.invId), joining);
    joining.start();
    return joining;
  }

  /** A stored code; undefined when there is none any more, or it is not valid under today's settings. */
  #decode(code: string | null): InvitationCode | undefined {
    try {
      return code === null ? undefined : decodeCode(code, this.#parts.loopback ? { loopback: true } : {});
    } catch {
      return undefined;
    }
  }
}
