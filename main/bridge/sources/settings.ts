/** Snapshots of the settings domain. */
import type { MeetingPointRow, settingsTopics } from '../../../preload/contract/settings.ts';
import {
  DEFAULT_ICE_SERVERS,
  DEFAULT_MEETING_POINTS,
  fixedCarry,
  fixedLan,
  meetingPointsFrom,
  proxyFrom,
  turnServersFrom,
  withoutPassword,
  withoutProxyPassword,
  withoutSecret,
  type Client,
} from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { shown } from '../shown.ts';

type MeetingPointHealth = Client['mesh']['meetingPoints'][number];

export const settingsSources = ({
  state,
  preferences,
  version,
}: Environment): Pick<Sources, keyof typeof settingsTopics> => ({
  settings: (_params, emit) => {
    const defaults = new Map(DEFAULT_MEETING_POINTS.map(({ url, reason }) => [url, reason]));
    const stunDefaults = new Map(DEFAULT_ICE_SERVERS.map(({ url, reason }) => [url, reason]));
    const fixed = meetingPointsFrom({}) !== undefined;
    const row = (point: MeetingPointHealth, mesh: Client['mesh']): MeetingPointRow => {
      const { source, state: health, error } = point;
      const reason = source === 'list' && !fixed ? defaults.get(point.url) : undefined;
      const listed = fixed ? 'environment' : reason === undefined ? 'added' : 'default';
      const why = source === 'list' ? listed : source;
      // It is used from within; what others can use is the address it has on the network.
      const url = source === 'own' ? (mesh.ownMeetingPoint ?? point.url) : point.url;
      const takenPorts = source === 'own' ? mesh.takenPorts : [];
      const spaces = point.spaces.map(({ name }) => shown(name));
      const said = { reason: reason ?? '', error: error ?? null, takenPorts };
      return { url, state: health, source: why, ...said, spaces, off: point.off, told: point.told };
    };
    const tell = () => {
      const mesh = state.opened?.mesh;
      const turnFixed = turnServersFrom({}) !== undefined;
      const usable = mesh?.turnServers ?? [];
      const turn = turnFixed ? usable : preferences.values.turn.map(withoutSecret);
      emit({
        theme: preferences.values.theme,
        keepCameraData: preferences.values.keepCameraData,
        meetingPoints: mesh?.meetingPoints.map((point) => row(point, mesh)) ?? [],
        chosen: preferences.values.meetingPoints.map(withoutPassword),
        stun: (mesh?.iceServers ?? []).map((url) => {
          const reason = stunDefaults.get(url);
          return { url, source: reason === undefined ? 'added' : 'default', reason: reason ?? '' };
        }),
        chosenStun: preferences.values.stun,
        meetingPointsFixed: fixed,
        turn,
        turnLacking: mesh === undefined ? [] : turn.filter((url) => !usable.includes(url)),
        turnFixed,
        proxy: {
          chosen: mesh?.proxy ?? withoutProxyPassword(preferences.values.proxy),
          fixed: proxyFrom({}) !== undefined,
        },
        lan: { on: mesh?.lan ?? false, fixed: fixedLan({}) !== undefined },
        carry: { on: mesh?.carries ?? false, fixed: fixedCarry() },
        lanAddresses: preferences.values.lanAddresses,
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
