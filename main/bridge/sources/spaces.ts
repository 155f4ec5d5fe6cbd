/** Snapshots of the spaces domain. */
import type {
  Contact,
  Detour,
  MemberRow,
  NamedMeetingPoints,
  SpaceSummary,
  SyncState,
  spaceTopics,
} from '../../../preload/contract/spaces.ts';
import type { Carrier, Client, PeerStatus, Space, SpaceEnding } from '../../client/index.ts';
import { shownCarrier } from '../carrier.ts';
import type { Environment } from '../environment.ts';
import { person } from '../person.ts';
import type { Sources } from '../router.ts';
import { shown } from '../shown.ts';
import { whenever } from './whenever.ts';

const STRANDED =
  'Your last changes are on this device only: your role here no longer lets you send them. Copy them elsewhere, or ask for your role back.';
const FULL =
  'This space has grown to the most that this device keeps of one. What others write from now on does not come in; everything here is safe. Make a new space for what comes next.';

/** What a while without news means changes by itself: a device may have stalled. */
const AGAIN_MS = 15_000;
const nowAndThen = (fn: () => void): (() => void) => {
  const timer = setInterval(fn, AGAIN_MS);
  return () => clearInterval(timer);
};

export const spaceSources = ({ state }: Environment): Pick<Sources, keyof typeof spaceTopics> => ({
  'spaces.list': (_params, emit) => {
    const { echo, halo } = state.client;
    return whenever([(fn) => echo.onChange(fn), (fn) => halo.onChange(fn), nowAndThen], () =>
      emit(echo.spaces.map((space) => summary(state.client, space))),
    );
  },
  'spaces.contacts': (_params, emit) => {
    const { echo, halo } = state.client;
    return whenever([(fn) => echo.onChange(fn), (fn) => halo.onChange(fn)], () => emit(contacts(state.client)));
  },
  'spaces.members': ({ spaceId }, emit) => {
    const space = state.client.echo.getSpace(spaceId);
    const { halo } = state.client;
    return whenever([(fn) => space.onChange(fn), (fn) => halo.onChange(fn)], () => emit(members(state.client, space)));
  },
  'spaces.meetingPoints': ({ spaceId }, emit) => {
    const { echo, mesh } = state.client;
    const space = echo.getSpace(spaceId);
    return whenever([(fn) => space.onChange(fn), (fn) => mesh.onChange(fn)], () =>
      emit(namedMeetingPoints(state.client, space)),
    );
  },
  'spaces.standing': ({ spaceId, noteId }, emit) => {
    const { echo, halo } = state.client;
    const space = echo.getSpace(spaceId);
    // Any space: the computer is closed for all of them.
    const watched = [(fn: () => void) => echo.onChange(fn), (fn: () => void) => halo.onChange(fn)];
    return whenever([...watched, (fn) => space.objects.onChange(fn), nowAndThen], () =>
      emit({
        noteId,
        unknown: space.unknown,
        devices: space
          .holders(noteId ?? undefined)
          .map(({ deviceId, name, deviceName, own, keeper = false, connected, stalled, holds }) => ({
            ...{ deviceId, name, deviceName, own, keeper, stalled, holds },
            online: connected,
          })),
        closing: space.closing,
        elsewhere: echo.spaces
          .filter(
            (other) => other !== space && other.ending === undefined && !other.unknown && other.closing === 'not-yet',
          )
          .map(({ name }) => shown(name)),
        setAside: space.setAside,
      }),
    );
  },
  'spaces.presence': ({ spaceId }, emit) => {
    const space = state.client.echo.getSpace(spaceId);
    return whenever([(fn) => space.presence.onChange(fn)], () => {
      const members = new Map(space.members.map((member) => [member.identityId, member]));
      emit(
        space.presence.others.flatMap(({ deviceId, identityId, objectId }) => {
          const member = members.get(identityId);
          if (member === undefined) return [];
          return [{ ...person(identityId, member.name, member.avatar), deviceId, noteId: objectId }];
        }),
      );
    });
  },
});

function summary(client: Client, space: Space): SpaceSummary {
  const me = client.halo.profile?.identityId;
  const online = space.members.filter(({ identityId }) => identityId !== me && space.isOnline(identityId));
  return {
    spaceId: space.key,
    name: shown(space.name),
    role: space.ending === undefined ? (space.role ?? null) : null,
    mayInviteAs: space.mayInviteAs,
    members: space.members.filter(({ awaited }) => !awaited).length,
    online: online.map(({ identityId, name, avatar }) => person(identityId, name, avatar)),
    sync: syncState(client, space),
    ended:
      space.ending === undefined
        ? null
        : { kind: endOf(space.ending), by: space.ending.byName ?? '', unsent: space.stranded },
  };
}

/** Nobody let this person in: the space came from an archive. */
const endOf = ({ kind, by }: SpaceEnding) => (kind === 'void' && by === '' ? 'stranger' : kind);

/** Words follow from this; see look and manner. Up to date is said only of devices that hold everything, here now or not. */
function syncState(client: Client, space: Space): SyncState {
  const others = space.holders();
  if (space.stranded) return { state: 'stuck', reason: STRANDED };
  if (space.full) return { state: 'stuck', reason: FULL };
  if (space.unknown) return { state: 'unknown', ask: host(client, space) };
  if (others.length === 0) return { state: 'alone' };
  const connected = others.filter((peer) => peer.connected);
  const stalled = connected.find((peer) => peer.stalled);
  if (stalled !== undefined)
    return { state: 'stalled', name: stalled.own ? '' : stalled.name, deviceName: stalled.deviceName };
  const behind = connected.filter((peer) => !peer.upToDate).length;
  const detour = detourOf(connected);
  if (behind > 0) return { state: 'syncing', devices: behind, detour };
  const holding = others.filter((peer) => peer.holds).length;
  if (holding > 0) return { state: 'synced', devices: holding, detour };
  const { reach, meetingPoints } = client.mesh;
  const near = reach === 'near';
  // Who wants no meeting point elsewhere is not offline for want of one; those that members name are theirs.
  if (reach === 'nowhere' || (near && meetingPoints.some(({ source }) => source === 'list')))
    return { state: 'offline', near };
  const own = others.filter((peer) => peer.own).map((peer) => peer.deviceName);
  const names = others.filter((peer) => !peer.own).map((peer) => peer.name);
  return { state: 'waiting', own: [...new Set(own)].slice(0, 3), names: [...new Set(names)].slice(0, 3), near };
}

/** Who may let this person in again: an owner, or else a manager. */
function host({ halo }: Client, { members }: Space): string {
  const others = members.filter(({ identityId, awaited }) => identityId !== halo.profile?.identityId && !awaited);
  const able = (role: string) => others.find((member) => member.role === role);
  return shown((able('owner') ?? able('admin'))?.name ?? '');
}

/** Of several the meeting point: a friend who carries for some of them is not the whole of it. */
function detourOf(connected: readonly (Pick<PeerStatus, 'link'> & { readonly carrier?: Carrier })[]): Detour | null {
  const indirect = connected.filter(({ link }) => link === 'relayed' || link === 'friend');
  if (connected.length === 0 || indirect.length < connected.length) return null;
  const carriers = indirect.flatMap(({ carrier }) => (carrier === undefined ? [] : [carrier]));
  return carriers.length < indirect.length ? 'meeting-point' : (carriers.map(shownCarrier)[0] ?? null);
}

function contacts({ echo }: Client): Contact[] {
  return echo.contacts
    .map(({ identityId, displayName, avatar, verified }) => ({ ...person(identityId, displayName, avatar), verified }))
    .sort((one, other) => one.name.localeCompare(other.name));
}

function namedMeetingPoints({ mesh }: Client, space: Space): NamedMeetingPoints {
  const { urls = [], byName = '' } = space.namedMeetingPoints ?? {};
  const rows = new Map(mesh.meetingPoints.map((point) => [new URL(point.url).href, point]));
  return {
    mayName: space.mayNameMeetingPoints,
    byName: shown(byName),
    points: urls.map((url) => {
      const { state: health = 'offline', source, error, off = false } = rows.get(new URL(url).href) ?? {};
      return { url, state: health, error: error ?? null, off, ofSpaces: source === 'named' || source === 'space' };
    }),
  };
}

function members(client: Client, space: Space): MemberRow[] {
  const me = client.halo.profile?.identityId;
  const online = new Set(space.peers.filter((peer) => peer.connected).map((peer) => peer.deviceId));
  const ownDevice = client.halo.device?.deviceId;
  return space.members.map((member) => {
    const { identityId, name, avatar, role, devices, awaited = false } = member;
    const { roles, remove } = space.manageable(member);
    return {
      ...person(identityId, name, avatar),
      ...{ role, awaited },
      me: identityId === me,
      online: identityId === me || space.isOnline(identityId),
      mayBecome: roles,
      mayRemove: remove,
      safetyWords: identityId === me ? null : client.halo.safetyWords(identityId),
      verified: client.halo.verifiedAt(identityId) !== undefined,
      devices: devices.map((device) => ({
        deviceId: device.deviceId,
        name: device.name,
        online: device.deviceId === ownDevice || online.has(device.deviceId),
      })),
    };
  });
}
