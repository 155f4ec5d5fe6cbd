/** The double's settings. */
import type { Settings } from '../../../preload/contract/index.ts';
import type { HostDouble } from '../host-double.ts';
import { nothing, ok, type Operations, type Topics } from './room.ts';

export const SETTINGS: Settings = {
  theme: 'system',
  meetingPoints: [
    {
      url: 'mqtt://192.168.1.20:47800',
      state: 'online',
      source: 'own',
      reason: 'People on your own network find you without any other server',
      error: null,
      takenPorts: [],
      spaces: [],
      off: false,
      told: true,
    },
    {
      url: 'mqtts://meet.garden.example:8883',
      state: 'online',
      source: 'named',
      reason: '',
      error: null,
      takenPorts: [],
      spaces: ['Garden'],
      off: false,
      told: true,
    },
    {
      url: 'mqtts://broker.example.org:8883',
      state: 'offline',
      source: 'default',
      reason: 'Public and free, best effort',
      error: 'It does not answer. Check its address and port, and whether it runs; Cove tries again by itself.',
      takenPorts: [],
      spaces: [],
      off: false,
      told: true,
    },
  ],
  chosen: [],
  meetingPointsFixed: false,
  proxy: { chosen: 'system', fixed: false },
  lan: { on: true, fixed: false },
  carry: { on: true, fixed: false },
  keepCameraData: false,
  stun: [
    { url: 'stun:stun.example.org:3478', source: 'default', reason: 'Answers near everywhere.' },
    {
      url: 'stun:stun.example.net:443',
      source: 'default',
      reason: 'Another operator; on a port that few firewalls close.',
    },
  ],
  chosenStun: [],
  turn: [],
  turnLacking: [],
  turnFixed: false,
  lanAddresses: [],
  version: '0.1.0',
};

export const settings = (double: HostDouble) => ({
  operations: {
    'settings.theme': ({ theme }: { theme: Settings['theme'] }) => {
      double.settings = { ...double.settings, theme };
      return nothing;
    },
    'settings.meetingPoints': ({ urls }: { urls: readonly string[] }) => ({ ok: true, value: urls }),
    'settings.useOfSpaces': () => nothing,
    'settings.carry': ({ on }: { on: boolean }) => {
      double.settings = { ...double.settings, carry: { on, fixed: false } };
      return nothing;
    },
    'settings.keepCameraData': ({ on }: { on: boolean }) => {
      double.settings = { ...double.settings, keepCameraData: on };
      return nothing;
    },
    'settings.lan': ({ on }: { on: boolean }) => {
      double.settings = { ...double.settings, lan: { on, fixed: false } };
      return nothing;
    },
    'settings.lanAddresses': ({ urls }: { urls: readonly string[] }) => ({ ok: true, value: urls }),
    'settings.stun': ({ urls }: { urls: readonly string[] }) => ({ ok: true, value: urls }),
    'settings.proxy': ({ proxy }: { proxy: string }) => ({ ok: true, value: proxy }),
    'settings.turn': ({ urls }: { urls: readonly string[] }) => ({ ok: true, value: urls }),
  } satisfies Operations,
  topics: {
    settings: () => ok(double.settings),
  } satisfies Topics,
});
