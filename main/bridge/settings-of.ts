/** What a profile's preferences mean to the SDK. What the environment says goes before the person's choice. */
import { isProxyChoice, isTurnAddress } from '../../preload/contract/server-addresses.ts';
import {
  bindFrom,
  fixedCarry,
  fixedLan,
  isLoopback,
  meetingPointsFrom,
  proxyFrom,
  turnServersFrom,
  type ClientOptions,
} from '../client/index.ts';
import type { PreferenceValues } from './preferences.ts';

/** `options` are those that the client is made with besides. */
export function settingsOf(values: PreferenceValues, options: ClientOptions): ClientOptions {
  const { meetingPoints, meetingPointPort, meetingPointFormerPort, stun, turn, proxy, lan, carry, lanAddresses } =
    values;
  return {
    meetingPointPort,
    meetingPointFormerPorts: [meetingPointFormerPort],
    ...(fixedLan(options) === undefined ? { lan } : {}),
    ...(fixedCarry() ? {} : { carry }),
    ...(lanAddresses.length > 0 ? { lanAddresses } : {}),
    ...(meetingPoints.length > 0 && meetingPointsFrom({}) === undefined ? { meetingPoints } : {}),
    ...(stun.length > 0 && !isLoopback(bindFrom(options)) ? { iceServers: stun } : {}),
    ...(turnServersFrom({}) === undefined ? { turnServers: turn.filter(isTurnAddress) } : {}),
    ...(proxyFrom({}) === undefined && isProxyChoice(proxy) ? { proxy } : {}),
  };
}
