/** The double's spaces and who is in them. */
import type {
  Input,
  MemberRow,
  NamedMeetingPoints,
  Person,
  SpaceRole,
  SpaceSummary,
  SyncState,
  TopicParams,
} from '../../../preload/contract/index.ts';
import type { HostDouble } from '../host-double.ts';
import type { DoubleNote } from './notes.ts';
import { ADA, BEN, MIRA } from './people.ts';
import { fail, inSpace, nothing, ok, type Operations, type Topics } from './room.ts';

export interface DoubleSpace {
  name: string;
  role: SpaceRole;
  notes: Map<string, DoubleNote>;
  others: Person[];
  /** Roles of others that are not the usual ones. */
  roles: Map<string, SpaceRole>;
  /** Owners who have not come in. */
  awaited: Set<string>;
  sync: SyncState;
  ended: SpaceSummary['ended'];
}

export const NAMED_POINTS: NamedMeetingPoints = {
  mayName: true,
  byName: 'Mira Lindqvist',
  points: [
    { url: 'mqtts://meet.garden.example:8883', state: 'online', error: null, off: false, ofSpaces: true },
    { url: 'mqtts://old.garden.example', state: 'offline', error: null, off: true, ofSpaces: true },
  ],
};

export const spaces = (double: HostDouble) => ({
  operations: {
    'spaces.create': ({ name, coOwners = [] }: Input<'spaces.create'>) => {
      const spaceId = double.addSpace(name);
      const space = double.spaces.get(spaceId);
      for (const person of [BEN, MIRA]) {
        if (space === undefined || !coOwners.includes(person.identityId)) continue;
        space.others.push(person);
        space.roles.set(person.identityId, 'owner');
        space.awaited.add(person.identityId);
      }
      return { ok: true, value: { spaceId } };
    },
    'spaces.rename': ({ spaceId, name }: { spaceId: string; name: string }) => {
      const space = double.spaces.get(spaceId);
      if (space !== undefined) space.name = name;
      return nothing;
    },
    'spaces.changeRole': ({ spaceId, identityId, role }: Input<'spaces.changeRole'>) => {
      double.spaces.get(spaceId)?.roles.set(identityId, role);
      return nothing;
    },
    'spaces.removeMember': ({ spaceId, identityId }: Input<'spaces.removeMember'>) => {
      const space = double.spaces.get(spaceId);
      if (space !== undefined) space.others = space.others.filter((person) => person.identityId !== identityId);
      return nothing;
    },
    'spaces.leave': ({ spaceId }: Input<'spaces.leave'>) => {
      double.spaces.delete(spaceId);
      return { ok: true, value: { heard: true } };
    },
    'spaces.deleteCopy': ({ spaceId }: Input<'spaces.deleteCopy'>) => {
      double.spaces.delete(spaceId);
      return nothing;
    },
    'spaces.deleteForEveryone': ({ spaceId }: Input<'spaces.deleteForEveryone'>) => {
      const space = double.spaces.get(spaceId);
      if (space !== undefined) space.ended = { kind: 'deleted', by: ADA.name, unsent: false };
      return nothing;
    },
    'spaces.nameMeetingPoints': ({ urls }: { urls: readonly string[] }) =>
      urls.some((url) => !url.startsWith('mqtts://'))
        ? fail('meeting-point-not-for-all', 'One of these addresses is not one that everybody can use.')
        : nothing,
  } satisfies Operations,
  topics: {
    'spaces.list': () => ok([...double.spaces].map(([spaceId, one]) => summary(spaceId, one))),
    'spaces.contacts': () =>
      ok(
        [...new Set([...double.spaces.values()].flatMap(({ others }) => others))].map((one) => ({
          ...one,
          verified: one === MIRA,
        })),
      ),
    'spaces.meetingPoints': () => ok(double.namedPoints),
    'spaces.members': inSpace(double, (space) => members(space)),
    'spaces.presence': inSpace(double, () => []),
    'spaces.standing': inSpace(double, (space, { noteId }: TopicParams<'spaces.standing'>) => ({
      noteId,
      unknown: space.sync.state === 'unknown',
      devices: space.others.map((person) => ({
        deviceId: person.identityId,
        name: person.name,
        deviceName: `${person.name.split(' ')[0]}’s laptop`,
        own: false,
        stalled: false,
        online: person !== MIRA,
        keeper: false,
        holds: person !== MIRA,
      })),
      closing: space.others.length === 0 ? 'alone' : 'safe',
      elsewhere: [],
      setAside: 0,
    })),
  } satisfies Topics,
});

const INVITED = ['editor', 'reader', 'keeper', 'admin'] as const;

function summary(spaceId: string, space: DoubleSpace): SpaceSummary {
  return {
    spaceId,
    name: space.name,
    role: space.ended === null ? space.role : null,
    ended: space.ended,
    mayInviteAs: { owner: INVITED, admin: INVITED.slice(0, 3), editor: [], reader: [], keeper: [] }[space.role],
    members: space.others.length + 1,
    online: space.others.filter((person) => person !== MIRA),
    sync: space.sync,
  };
}

function members(space: DoubleSpace): readonly MemberRow[] {
  const row = (person: Person, role: SpaceRole, me: boolean, online: boolean): MemberRow => ({
    ...person,
    role,
    me,
    online,
    awaited: space.awaited.has(person.identityId),
    safetyWords: me ? null : ['abandon', 'ability', 'able', 'about', 'above', 'absent'],
    verified: false,
    mayBecome:
      me || role === 'owner' || space.role !== 'owner'
        ? []
        : (['admin', 'editor', 'reader', 'keeper'] as const).filter((it) => it !== role),
    mayRemove: !me && role !== 'owner' && space.role === 'owner',
    devices: [{ deviceId: person.identityId, name: `${person.name.split(' ')[0]}’s laptop`, online }],
  });
  const roleOf = ({ identityId }: Person, index: number) =>
    space.roles.get(identityId) ?? (index === 0 ? 'editor' : 'reader');
  return [
    row(ADA, space.role, true, true),
    ...space.others.map((person, index) => row(person, roleOf(person, index), false, person !== MIRA)),
  ];
}
