/** Snapshots of the settings domain. */
import type { MeetingPointRow, settingsTopics } from '../../../preload/contract/settings.ts';
import { DEFAULT_MEETING_POINTS, meetingPointsFrom, type Client } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';

type MeetingPointHealth = Client['mesh']['meetingPoints'][number];

export const settingsSources = ({
  state,
  preferences,
  version,
}: Environment): Pick<Sources, keyof typeof settingsTopics> => ({
  settings: (_params, emit) => {
    const defaults = new Map(DEFAULT_MEETING_POINTS.map(({ url, reason }) => [url, reason]));
    const row = ({ url, state: health, error }: MeetingPointHealth, own: string | undefined): MeetingPointRow => {
      const reason = defaults.get(url);
      const source = url === own ? 'own' : reason === undefined ? 'added' : 'default';
      return { url, state: health, source, reason: reason ?? '', error: error ?? null };
    };
    const tell = () => {
      const mesh = state.opened?.mesh;
      emit({
        theme: preferences.values.theme,
        meetingPoints: mesh?.meetingPoints.map((point) => row(point, mesh.ownMeetingPoint)) ?? [],
        meetingPointsFixed: meetingPointsFrom({}) !== undefined,
        version,
      });
    };
    // A window asks before the profile is open: the theme is there already, the network follows once it is.
    let stopNetwork: (() => void) | undefined;
    const follow = () => {
      if (stopNetwork !== undefined || state.opened === undefined) return;
      stopNetwork = state.opened.mesh.onChange(tell);
      tell();
    };
    const stops = [state.changed.add(follow), preferences.changed.add(tell)];
    if (state.opened === undefined) tell();
    else follow();
    return () => {
      for (const stop of stops) stop();
      stopNetwork?.();
    };
  },
});
