/** A person's own devices: adding one, seeing them, taking one out. */
import { z } from 'zod';
import { pasted } from './invitations.ts';
import { id16, id32, none, operation, personalName, topic } from './operation.ts';

export interface DeviceRow {
  readonly deviceId: string;
  readonly name: string;
  /** The name, and where another device has it too, what tells them apart. */
  readonly label: string;
  /** The one that this window is on. */
  readonly current: boolean;
  readonly online: boolean;
  /** When this device was last connected to it; null: never yet. */
  readonly lastSeen: number | null;
  /** Came before this device: taking it out needs the recovery words. */
  readonly senior: boolean;
}
/** A new device that entered the code and waits for a person's yes here. */
export interface AskingDevice {
  readonly invitationId: string;
  readonly deviceId: string;
  readonly name: string;
  /** Six words; the new device shows the same. */
  readonly words: readonly string[];
}
export interface DevicesView {
  /**
   * The recovery words alone brought the person here, and no other device of theirs has answered: which ones were lost is
   * not known yet, or they are in the list now. null: neither.
   */
  readonly lost: 'unknown' | 'listed' | null;
  readonly devices: readonly DeviceRow[];
  readonly asking: AskingDevice | null;
}

/** More than a person can have at a time. */
const MOST_DEVICES = 64;
const device = z.strictObject({ deviceId: id32 });
export const deviceOperations = {
  /** A code for a new device; its digits and its end are an invitation's. */
  'devices.invite': operation(none)<{ readonly invitationId: string }>(),
  'devices.answer': operation(z.strictObject({ invitationId: id16, deviceId: id32, approved: z.boolean() }))<null>(),
  /** First run: makes this device one of a person's who has others already. */
  'devices.link': operation(z.strictObject({ text: pasted }))<{ readonly joiningId: string }>(),
  'devices.rename': operation(z.strictObject({ deviceId: id32, name: personalName }))<null>(),
  'devices.revoke': operation(device)<null>(),
  /** Opens the phrase window to take out devices, whether senior to this one or not: all of them or none. */
  'devices.revokeWithPhrase': operation(z.strictObject({ deviceIds: z.array(id32).min(1).max(MOST_DEVICES) }))<null>(),
  /** First run: opens the phrase window, where the recovery words are typed. */
  'devices.recover': operation(none)<null>(),
};
export const deviceTopics = {
  'devices.list': topic(none)<DevicesView>(),
};
