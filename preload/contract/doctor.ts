/** Why devices are not connected: what the Doctor found on the way to each. */
import type { Person } from './identity.ts';
import type { Carrier } from './spaces.ts';
import { none, operation, topic } from './operation.ts';

export type Finding =
  | 'connected'
  | 'no-meeting-point'
  | 'not-near'
  | 'not-heard'
  | 'no-answer'
  | 'no-address'
  | 'no-path'
  | 'not-proven'
  | 'full'
  | 'connecting';
export type ProxyFault = 'unreachable' | 'silent' | 'closed' | 'not-a-proxy' | 'password' | 'refuses' | 'no-way';
/**
 * What the address servers see of this computer. none: none is asked · no-answer: none answers · open: nothing is between
 * it and the internet · cone: its router lets direct connections through · symmetric: it does not, to most · unclear: only
 * one server answers
 */
export type AddressKind = 'none' | 'no-answer' | 'open' | 'cone' | 'symmetric' | 'unclear';
/** beacon: a small message of Cove's own · mdns: what printers are found by. */
export type LanWay = 'beacon' | 'mdns';
export interface LanWayFound {
  /** Other Coves that were heard lately; only those speak who miss somebody. */
  readonly heard: number;
  /** The system lets nothing be said or heard in this way. */
  readonly failed: boolean;
}
/**
 * What came of an address that the person gave. not-tried: it was not yet, or nobody is missing now · found: it leads to a
 * member's device · unreachable: nobody takes a connection there · closed: whoever does ends it without an answer ·
 * self: it is this device · stranger: a Cove that looks for nobody in a space where this device misses somebody ·
 * not-proven: whoever looks there could not prove to be a member
 */
export type GivenFinding = 'not-tried' | 'found' | 'unreachable' | 'closed' | 'self' | 'stranger' | 'not-proven';
export interface Diagnosis {
  readonly meetingPoints: readonly {
    readonly url: string;
    readonly state: 'connecting' | 'online' | 'offline';
    /** Why it does not work and what to do; null: nothing is known. */
    readonly error: string | null;
    /** The one of this very Cove: it is there without a network too. */
    readonly own: boolean;
    /** What it is reached through, without a password, and what is wrong with that; null: nothing. */
    readonly proxy: { readonly url: string; readonly fault: ProxyFault | null } | null;
  }[];
  /** The networks around: whether members are looked for there. */
  readonly lan: {
    readonly on: boolean;
    /** host:port, at which others reach this device. */
    readonly addresses: readonly string[];
    /** This device cannot be dialled. */
    readonly failed: boolean;
    /** Both say the same, so that one of them gets through. */
    readonly ways: Readonly<Record<LanWay, LanWayFound>>;
    /** Interfaces beside others on which the system lets nothing be said or heard in these ways. */
    readonly mute: readonly { readonly name: string; readonly ways: readonly LanWay[] }[];
    /** Addresses, host:port, that the person gave; whose device one leads to is among `devices`, if it is still a member's. */
    readonly given: readonly {
      readonly url: string;
      readonly finding: GivenFinding;
      readonly deviceId: string | null;
    }[];
  };
  /** The way to the internet; null: it is being looked at. */
  readonly wayOut: {
    readonly address: AddressKind;
    readonly relays: readonly { readonly url: string; readonly works: boolean }[];
  } | null;
  readonly devices: readonly (Person & {
    readonly deviceId: string;
    readonly deviceName: string;
    /** Another one of this person. */
    readonly own: boolean;
    readonly finding: Finding;
    /** How it is connected, if it is: on this network, directly, or through a TURN server, a meeting point or a member's device. */
    readonly link: 'lan' | 'direct' | 'turn' | 'relayed' | 'friend' | null;
    /** That member's device, if it is that. */
    readonly carrier: Carrier | null;
    /** When it was connected last, ms since 1970; of one that is: when that began. null: never. */
    readonly lastContact: number | null;
    /** By how much its clock is ahead of this one's at least, ms; below 0: behind it; 0 when there is no sign of either. */
    readonly clockOff: number;
  })[];
}

export const doctorOperations = {
  /** Puts a report on the clipboard that names nobody and nothing. */
  'doctor.copy': operation(none)<null>(),
};
export const doctorTopics = {
  doctor: topic(none)<Diagnosis>(),
};
