/** Answers the settings domain of the contract. */
import { nativeTheme } from 'electron';
import type { settingsOperations } from '../../../preload/contract/settings.ts';
import { CoveError, fixedCarry, fixedLan, proxyFrom, turnServersFrom, withoutPassword } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';

export function settingsHandlers({
  state,
  preferences,
  windows,
}: Environment): Pick<Handlers, keyof typeof settingsOperations> {
  return {
    'settings.theme': ({ theme }) => {
      preferences.set({ theme });
      nativeTheme.themeSource = theme;
      return null;
    },
    'settings.meetingPoints': ({ urls }) => {
      // Used before it is kept: a list that cannot be used is not met again at the next start.
      state.client.mesh.setMeetingPoints(urls.length === 0 ? undefined : urls);
      const shown = [...new Set(urls.map(withoutPassword))];
      preferences.set({ meetingPoints: shown });
      return shown;
    },
    'settings.useOfSpaces': ({ url, use }) => {
      state.client.mesh.useOfSpaces(url, use);
      return null;
    },
    'settings.stun': ({ urls }) => {
      state.client.mesh.setIceServers(urls.length === 0 ? undefined : urls);
      preferences.set({ stun: urls });
      return urls;
    },
    'settings.turn': ({ urls }) => {
      if (turnServersFrom({}) !== undefined) throw new CoveError('bad-request');
      const shown = [...new Set(state.client.mesh.setTurnServers(urls))];
      preferences.set({ turn: shown });
      return shown;
    },
    'settings.proxy': ({ proxy }) => {
      if (proxyFrom({}) !== undefined) throw new CoveError('bad-request');
      const shown = state.client.mesh.setProxy(proxy);
      preferences.set({ proxy: shown });
      return shown;
    },
    'settings.lan': ({ on }) => {
      if (fixedLan({}) !== undefined) throw new CoveError('bad-request');
      preferences.set({ lan: on });
      state.client.mesh.setLan(on);
      return null;
    },
    'settings.carry': ({ on }) => {
      if (fixedCarry()) throw new CoveError('bad-request');
      preferences.set({ carry: on });
      state.client.mesh.setCarries(on);
      return null;
    },
    'settings.keepCameraData': ({ on }) => {
      preferences.set({ keepCameraData: on });
      return null;
    },
    'settings.lanAddresses': ({ urls }) => {
      state.client.mesh.setLanAddresses(urls);
      preferences.set({ lanAddresses: urls });
      return urls;
    },
    'window.new': () => {
      windows.openMain();
      return null;
    },
    'window.commands': ({ commands }, { contents }) => {
      windows.setCommands(contents, commands);
      return null;
    },
  };
}
