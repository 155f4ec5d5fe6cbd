/** What a space's network state is, in the few words that the interface and the SDK need. Computed, never stored. */
import type { Hex } from '../bytes.ts';
import type { LogHead, MemberDevice, Replica } from '../echo/replica.ts';
import type { MeetingPointHealth } from '../ports.ts';
import type { Acks } from './acks.ts';
import type { LinkWay, Way } from './link-kind.ts';

/** Another device of a space, and how it is connected with this one. */
export interface PeerStatus {
  readonly deviceId: Hex;
  readonly identityId: Hex;
  /** The member's name. */
  readonly name: string;
  readonly deviceName: string;
  /** It stores and passes on what it cannot read. */
  readonly keeper?: true;
  readonly connected: boolean;
  /** How, while it is; through a meeting point (`relayed`) or a member's device (`friend`) it is slow. */
  readonly link?: LinkWay;
  /** That member's device, perhaps of somebody who is not in this space. */
  readonly through?: Hex;
  /** Everything that is here is known to be stored there, and (while connected) the other way round. */
  readonly upToDate: boolean;
  /** Connected, and yet nothing has gone between it and this device for a minute, though something is missing. */
  readonly stalled: boolean;
}

/**
 * alone: nobody else is a member · offline: no meeting point can be reached and nobody is connected ·
 * searching: nobody is connected yet · syncing: something is on its way · up-to-date: with everyone who is connected
 */
export type SpaceState = 'alone' | 'offline' | 'searching' | 'syncing' | 'up-to-date';

export interface SpaceStatus {
  readonly state: SpaceState;
  /** Every other member's device, connected ones first; not those of an owner who never came in. */
  readonly peers: readonly PeerStatus[];
  /** Others have more, and the quota of this device does not let it in. */
  readonly full: boolean;
  /** Members who were met say that this device is nobody there, without proof, and none knows it. */
  readonly unknown: boolean;
}

export interface StatusInput {
  readonly replica: Replica;
  readonly self: Hex;
  readonly online: boolean;
  readonly full: boolean;
  readonly unknown: boolean;
  /** How it stands with a device that is connected. */
  readonly link: (device: Hex) => (Pick<PeerStatus, 'upToDate' | 'stalled'> & Way) | undefined;
  /** Whether a device has acknowledged everything that is here. */
  readonly holds: (device: Hex) => boolean;
}

export function spaceStatus({ replica, self, online, full, unknown, link, holds }: StatusInput): SpaceStatus {
  const peers = otherDevices(replica, self).flatMap(({ device, name, awaited, keeper }): PeerStatus[] => {
    const { deviceId, identityId, name: deviceName } = device;
    const linked = link(deviceId);
    if (awaited && !linked) return [];
    const upToDate = linked ? linked.upToDate : holds(deviceId);
    const stalled = linked?.stalled ?? false;
    const how = linked
      ? { link: linked.link, ...(linked.through === undefined ? {} : { through: linked.through }) }
      : {};
    const who = { deviceId, identityId, name, deviceName, ...(keeper ? { keeper } : {}) };
    return [{ ...who, connected: linked !== undefined, ...how, upToDate, stalled }];
  });
  peers.sort((a, b) => Number(b.connected) - Number(a.connected));
  const here = peers.filter((peer) => peer.connected);
  return { state: stateOf(peers.length, here, online), peers, full, unknown };
}

/** Whether somebody else may be found there: the own one is in this very process, with a network or without. */
export function reaches({ source, state }: MeetingPointHealth): boolean {
  return state === 'online' && source !== 'own';
}

interface OtherDevice {
  readonly device: MemberDevice;
  readonly name: string;
  /** Of an owner whom nobody has let in yet. */
  readonly awaited: boolean;
  readonly keeper: boolean;
}

/** Devices of current members other than this one. */
export function otherDevices(replica: Replica, self: Hex): OtherDevice[] {
  return replica
    .authority()
    .members.flatMap(({ devices, name, role, awaited = false }) =>
      devices.map((device) => ({ device, name, awaited, keeper: role === 'keeper' })),
    )
    .filter(({ device }) => device.deviceId !== self);
}

/**
 * Whether an older copy of the database was put back here and nobody has heard of it yet: somebody may be a member who
 * is none in that copy.
 */
export function mayHaveForgotten(replica: Replica, self: Hex, acks: Pick<Acks, 'covers'>): boolean {
  if (replica.ownLogs().length < 2) return false;
  const opening: LogHead = [replica.logId, 1, new Uint8Array(32)];
  return !otherDevices(replica, self).some(({ device }) => acks.covers(replica.row, device.deviceId, [opening]));
}

function stateOf(others: number, here: readonly PeerStatus[], online: boolean): SpaceState {
  if (others === 0) return 'alone';
  if (here.length === 0) return online ? 'searching' : 'offline';
  return here.every((peer) => peer.upToDate) ? 'up-to-date' : 'syncing';
}
