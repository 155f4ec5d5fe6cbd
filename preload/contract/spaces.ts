/** Spaces, their members, who is here, and how far they are in sync. */
import { z } from 'zod';
import { id16, id32, none, operation, personalName, topic } from './operation.ts';
import type { Person } from './identity.ts';
import { MOST_CHARACTERS, MOST_SERVERS } from './server-addresses.ts';

export type SpaceRole = 'owner' | 'admin' | 'editor' | 'reader' | 'keeper';
/** The device of a member who carries for others; `name`: empty for one of the person's own. */
export interface Carrier {
  readonly name: string;
  readonly deviceName: string;
}
/** Where what is written goes when there is no direct connection. */
export type Detour = 'meeting-point' | Carrier;
/** In the order of concern; `devices` are other devices that hold everything this one has. */
export type SyncState =
  | { readonly state: 'alone' }
  /** `detour`: nobody is connected directly; null: somebody is, or nobody is at all. */
  | { readonly state: 'synced'; readonly devices: number; readonly detour: Detour | null }
  | { readonly state: 'syncing'; readonly devices: number; readonly detour: Detour | null }
  /** `own`: what the person calls devices of theirs; `names`: other people; `near`: they are found on this network only. */
  | {
      readonly state: 'waiting';
      readonly own: readonly string[];
      readonly names: readonly string[];
      readonly near: boolean;
    }
  /** Devices that are connected and take nothing in; `name`: empty for one of the person's own. */
  | { readonly state: 'stalled'; readonly name: string; readonly deviceName: string }
  /** Those who were met know this device as no member, and none does; `ask`: who may invite anew, empty when nobody is known. */
  | { readonly state: 'unknown'; readonly ask: string }
  | { readonly state: 'offline'; readonly near: boolean }
  | { readonly state: 'stuck'; readonly reason: string };
export interface SpaceSummary {
  readonly spaceId: string;
  readonly name: string;
  readonly role: SpaceRole | null;
  /** What guests may be that I let in; none: I may let nobody in. */
  readonly mayInviteAs: readonly Exclude<SpaceRole, 'owner'>[];
  readonly members: number;
  /** Other people who are connected now. */
  readonly online: readonly Person[];
  readonly sync: SyncState;
  /**
   * Why nothing can be changed here any more; null for a space that goes on. `void`: the admission does not count;
   * `stranger`: there was none, as where the space came from an archive.
   * `orphaned`: the others know this person again and can take nothing of this copy.
   * `by`: who did it, for `void` who let this person in; a name, empty when unknown.
   */
  readonly ended: {
    readonly kind: 'removed' | 'left' | 'deleted' | 'void' | 'stranger' | 'orphaned';
    readonly by: string;
    /** What was written last on this device reached nobody. */
    readonly unsent: boolean;
  } | null;
}
export interface MemberRow extends Person {
  readonly role: SpaceRole;
  readonly me: boolean;
  readonly online: boolean;
  /** An owner since the space was made who has not come in yet: somebody has to invite them. */
  readonly awaited: boolean;
  /** Roles that I may give this member, the present one left out. */
  readonly mayBecome: readonly Exclude<SpaceRole, 'owner'>[];
  readonly mayRemove: boolean;
  /** Six words that this person sees too, for me; null for myself. */
  readonly safetyWords: readonly string[] | null;
  /** I said that the words are the same on both screens. */
  readonly verified: boolean;
  readonly devices: readonly { readonly deviceId: string; readonly name: string; readonly online: boolean }[];
}
/** Somebody I share a space with. */
export interface Contact extends Person {
  /** I said that our safety words are the same. */
  readonly verified: boolean;
}
/** Where a note's present version, or everything in the space, is durably stored besides here. */
export interface Standing {
  readonly noteId: string | null;
  /** Nobody in the space knows this device: nobody gets anything from it. */
  readonly unknown: boolean;
  readonly devices: readonly {
    readonly deviceId: string;
    /** The person, and what the device is called. */
    readonly name: string;
    readonly deviceName: string;
    /** Another one of this person. */
    readonly own: boolean;
    /** Of a member that stores what it cannot read. */
    readonly keeper: boolean;
    readonly online: boolean;
    /** It is connected and takes nothing in. */
    readonly stalled: boolean;
    /** It has said itself that it has stored this version. */
    readonly holds: boolean;
  }[];
  /** Whether this computer may be closed as far as this space goes; 'kept': only keepers have it, 'alone': there is no other device. */
  readonly closing: 'safe' | 'kept' | 'not-yet' | 'alone';
  /** Names of other spaces for which it may not, and for which waiting helps. */
  readonly elsewhere: readonly string[];
  /** Changes of others in this space that are kept apart because they could not be used. */
  readonly setAside: number;
}
/** The meeting points that whoever manages a space names for everybody in it. */
export interface NamedMeetingPoints {
  /** I may name others. */
  readonly mayName: boolean;
  /** Who named them; empty: nobody, or somebody unknown here. */
  readonly byName: string;
  readonly points: readonly {
    readonly url: string;
    readonly state: 'connecting' | 'online' | 'offline';
    readonly error: string | null;
    /** I have switched it off on this device. */
    readonly off: boolean;
    /** I may: it is not on my own list as well. */
    readonly ofSpaces: boolean;
  }[];
}
/** Who has which note open. */
export interface PresenceRow extends Person {
  readonly deviceId: string;
  readonly noteId: string | null;
}

const spaceId = id32;
export const spaceOperations = {
  /** `coOwners` are contacts; they are owners for ever, and come in by an invitation. */
  'spaces.create': operation(z.strictObject({ name: personalName, coOwners: z.array(id32).max(2).default([]) }))<{
    readonly spaceId: string;
  }>(),
  'spaces.rename': operation(z.strictObject({ spaceId, name: personalName }))<null>(),
  'spaces.changeRole': operation(
    z.strictObject({ spaceId, identityId: id32, role: z.enum(['admin', 'editor', 'reader', 'keeper']) }),
  )<null>(),
  /** Ends a membership and makes new keys. Not to be undone; the person can be invited again. */
  'spaces.removeMember': operation(z.strictObject({ spaceId, identityId: id32 }))<null>(),
  /** Ends the own membership and deletes the copy here. `heard`: another device knows already. */
  'spaces.leave': operation(z.strictObject({ spaceId }))<{ readonly heard: boolean }>(),
  /** Deletes what is on this device; other devices keep theirs. */
  'spaces.deleteCopy': operation(z.strictObject({ spaceId }))<null>(),
  /** Owners only. `name` is what the person typed: it has to be the space's name. */
  'spaces.deleteForEveryone': operation(z.strictObject({ spaceId, name: z.string().max(200) }))<null>(),
  /** The whole list, in place of the one before; an empty one names none. */
  'spaces.nameMeetingPoints': operation(
    z.strictObject({ spaceId, urls: z.array(z.string().max(MOST_CHARACTERS)).max(MOST_SERVERS) }),
  )<null>(),
  /** Try the network again now instead of waiting for the next attempt. */
  'network.retry': operation(none)<null>(),
};
export const spaceTopics = {
  'spaces.list': topic(none)<readonly SpaceSummary[]>(),
  /** By name. */
  'spaces.contacts': topic(none)<readonly Contact[]>(),
  'spaces.members': topic(z.strictObject({ spaceId }))<readonly MemberRow[]>(),
  'spaces.meetingPoints': topic(z.strictObject({ spaceId }))<NamedMeetingPoints>(),
  'spaces.standing': topic(z.strictObject({ spaceId, noteId: id16.nullable() }))<Standing>(),
  'spaces.presence': topic(z.strictObject({ spaceId }))<readonly PresenceRow[]>(),
};
