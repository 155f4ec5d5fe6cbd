/** Settings of this device: where it meets others, how it looks. */
import { z } from 'zod';
import { COMMANDS } from './commands.ts';
import { none, operation, topic } from './operation.ts';
import {
  MOST_CHARACTERS,
  MOST_SERVERS,
  isBrokerAddress,
  isLanAddress,
  isProxyChoice,
  isStunAddress,
  isTurnAddress,
} from './server-addresses.ts';

export interface MeetingPointRow {
  readonly url: string;
  readonly state: 'connecting' | 'online' | 'offline';
  /**
   * Why it is used: it is in the default list, the person's or the one that COVE_MEETING_POINTS gives, it is this
   * computer's own, or others name it: an invitation, whoever manages a space, a member's device.
   */
  readonly source: 'default' | 'added' | 'environment' | 'own' | 'invitation' | 'named' | 'space';
  /** Names of the spaces that name it. */
  readonly spaces: readonly string[];
  /** Only spaces name it, and the person has switched it off. */
  readonly off: boolean;
  /** Invitations and spaces tell others of it, or everybody has it. */
  readonly told: boolean;
  readonly reason: string;
  readonly error: string | null;
  /** Of this computer's own: ports it had, which codes may name and which another program has now. */
  readonly takenPorts: readonly number[];
}
/** A server that tells this computer its address on the internet, and why it is asked. */
export interface StunRow {
  readonly url: string;
  readonly source: 'default' | 'added';
  readonly reason: string;
}
export interface Settings {
  readonly theme: 'system' | 'light' | 'dark';
  readonly meetingPoints: readonly MeetingPointRow[];
  /** The person's own list, to edit, without passwords; empty: the default list holds. */
  readonly chosen: readonly string[];
  /** Set by COVE_MEETING_POINTS: shown, not editable. */
  readonly meetingPointsFixed: boolean;
  /** Those that are asked now: none while Cove is bound to this computer alone. */
  readonly stun: readonly StunRow[];
  /** The person's own list, to edit; empty: the default list holds. */
  readonly chosenStun: readonly string[];
  /** Servers that carry connections which are not possible otherwise: the person's own list, to edit, without secrets. */
  readonly turn: readonly string[];
  /** Those of them whose secret is not there (any more). */
  readonly turnLacking: readonly string[];
  /** Set by COVE_TURN_SERVERS: shown, not editable. */
  readonly turnFixed: boolean;
  /**
   * What meeting points are reached through, and relay servers by TCP or TLS: `none`, `system` or an address, without its
   * password; `fixed`: COVE_PROXY decides it.
   */
  readonly proxy: { readonly chosen: string; readonly fixed: boolean };
  /** Whether members are looked for on the network around; `fixed`: COVE_LAN or COVE_BIND decides it. */
  readonly lan: { readonly on: boolean; readonly fixed: boolean };
  /** Whether this device passes on, sealed, what members say who cannot reach each other; `fixed`: COVE_CARRY decides it. */
  readonly carry: { readonly on: boolean; readonly fixed: boolean };
  /** Whether pictures that are added keep what a camera wrote into them. */
  readonly keepCameraData: boolean;
  /** Where they are looked for besides: the person's own list, to edit. */
  readonly lanAddresses: readonly string[];
  readonly version: string;
}

export const settingsOperations = {
  'settings.theme': operation(z.strictObject({ theme: z.enum(['system', 'light', 'dark']) }))<null>(),
  /**
   * The whole list; an empty one means the default list. A password goes in and never comes back: an address that is
   * sent again without its own keeps it. Answers the list as it is shown.
   */
  'settings.meetingPoints': operation(
    z.strictObject({
      urls: z.array(z.string().max(MOST_CHARACTERS).refine(isBrokerAddress)).max(MOST_SERVERS),
    }),
  )<readonly string[]>(),
  /** Whether this device uses one that spaces name. */
  'settings.useOfSpaces': operation(z.strictObject({ url: z.string().max(MOST_CHARACTERS), use: z.boolean() }))<null>(),
  /** The whole list; an empty one means the default list. Answers the list as it is shown. */
  'settings.stun': operation(
    z.strictObject({
      urls: z.array(z.string().max(MOST_CHARACTERS).refine(isStunAddress)).max(MOST_SERVERS),
    }),
  )<readonly string[]>(),
  /**
   * The whole list. What to log in with goes in and never comes back: an address that is sent again without it keeps it.
   * Answers the list as it is shown.
   */
  'settings.turn': operation(
    z.strictObject({
      urls: z.array(z.string().max(MOST_CHARACTERS).refine(isTurnAddress)).max(MOST_SERVERS),
    }),
  )<readonly string[]>(),
  /**
   * `none`, `system` or an address. A password goes in and never comes back: the address that is sent again without it
   * keeps it. Answers it as it is shown.
   */
  'settings.proxy': operation(
    z.strictObject({ proxy: z.string().max(MOST_CHARACTERS).refine(isProxyChoice) }),
  )<string>(),
  /** The whole list. Answers it as it is shown. */
  'settings.lanAddresses': operation(
    z.strictObject({
      urls: z.array(z.string().max(MOST_CHARACTERS).refine(isLanAddress)).max(MOST_SERVERS),
    }),
  )<readonly string[]>(),
  'settings.lan': operation(z.strictObject({ on: z.boolean() }))<null>(),
  'settings.carry': operation(z.strictObject({ on: z.boolean() }))<null>(),
  'settings.keepCameraData': operation(z.strictObject({ on: z.boolean() }))<null>(),
  'window.new': operation(none)<null>(),
  /** All commands that can be done in this window from now on: the application menu greys the others. */
  'window.commands': operation(
    z.strictObject({ commands: z.array(z.enum(COMMANDS.map(({ id }) => id))).max(COMMANDS.length) }),
  )<null>(),
};
export const settingsTopics = {
  settings: topic(none)<Settings>(),
};
