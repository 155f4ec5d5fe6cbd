/** Settings of this device: where it meets others, how it looks. */
import { z } from 'zod';
import { none, operation, topic } from './operation.ts';

export interface MeetingPointRow {
  readonly url: string;
  readonly state: 'connecting' | 'online' | 'offline';
  /** Why it is in the list: from the default list, added by the person, or this computer's own. */
  readonly source: 'default' | 'added' | 'own';
  readonly reason: string;
  readonly error: string | null;
}
export interface Settings {
  readonly theme: 'system' | 'light' | 'dark';
  readonly meetingPoints: readonly MeetingPointRow[];
  /** Set by COVE_MEETING_POINTS: shown, not editable. */
  readonly meetingPointsFixed: boolean;
  readonly version: string;
}

export const settingsOperations = {
  'settings.theme': operation(z.strictObject({ theme: z.enum(['system', 'light', 'dark']) }))<null>(),
  /** The whole list; an empty one means the default list. */
  'settings.meetingPoints': operation(
    z.strictObject({
      urls: z
        .array(
          z
            .string()
            .max(200)
            .regex(/^(?:mqtts?|wss?):\/\/[^\s]+$/),
        )
        .max(8),
    }),
  )<null>(),
  'window.new': operation(none)<null>(),
};
export const settingsTopics = {
  settings: topic(none)<Settings>(),
};
