/** Why devices are not connected: what the Doctor found on the way to each. */
import type { Person } from './identity.ts';
import { none, operation, topic } from './operation.ts';

export type Finding =
  'connected' | 'no-meeting-point' | 'not-heard' | 'no-answer' | 'no-address' | 'no-path' | 'not-proven' | 'connecting';
export interface Diagnosis {
  readonly meetingPoints: readonly {
    readonly url: string;
    readonly state: 'connecting' | 'online' | 'offline';
    /** The one of this very Cove: it is there without a network too. */
    readonly own: boolean;
  }[];
  readonly devices: readonly (Person & {
    readonly deviceId: string;
    readonly deviceName: string;
    /** Another one of this person. */
    readonly own: boolean;
    readonly finding: Finding;
    /** When a session with it began or was lost last since the start; null: never. */
    readonly lastContact: number | null;
    /** By how much its clock is ahead of this one's at least, ms; 0 when there is no sign of it. */
    readonly clockAhead: number;
  })[];
}

export const doctorOperations = {
  /** Puts a report on the clipboard that names nobody and nothing. */
  'doctor.copy': operation(none)<null>(),
};
export const doctorTopics = {
  doctor: topic(none)<Diagnosis>(),
};
