/** Snapshots of the settings domain. */
import type { MeetingPointRow, settingsTopics } from '../../../preload/contract/settings.ts';
import { DEFAULT_MEETING_POINTS, meetingPointsFrom } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { whenever } from './whenever.ts';

export const settingsSources = ({
  state,
  preferences,
  version,
}: Environment): Pick<Sources, keyof typeof settingsTopics> => ({
  settings: (_params, emit) => {
    const { mesh } = state.client;
    const defaults = new Map(DEFAULT_MEETING_POINTS.map(({ url, reason }) => [url, reason]));
    const own = mesh.ownMeetingPoint;
    const row = ({ url, state: health, error }: (typeof mesh.meetingPoints)[number]): MeetingPointRow => {
      const reason = defaults.get(url);
      const source = url === own ? 'own' : reason === undefined ? 'added' : 'default';
      return { url, state: health, source, reason: reason ?? '', error: error ?? null };
    };
    return whenever([(fn) => mesh.onChange(fn), preferences.changed], () =>
      emit({
        theme: preferences.values.theme,
        meetingPoints: mesh.meetingPoints.map(row),
        meetingPointsFixed: meetingPointsFrom({}) !== undefined,
        version,
      }),
    );
  },
});
