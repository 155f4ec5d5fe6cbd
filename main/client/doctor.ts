/**
 * Why two devices are not connected: the first step on the way that did not happen, for each other device, and a
 * report to pass on. The report names nobody and nothing: devices and meeting points are numbers in it.
 */
import type { Hex } from '../engine/bytes.ts';
import type { Replica } from '../engine/echo/replica.ts';
import type { Walls } from '../engine/echo/walls.ts';
import type { Knocked } from '../engine/mesh/knocking.ts';
import type { Mesh, PeerStatus, Steps } from '../engine/mesh/mesh.ts';
import type { LanHealth, LanWay, MeetingPointHealth } from '../engine/ports.ts';
import { wayOutLines, type WayOut } from './way-out.ts';

/**
 * connected · no-meeting-point: none can be reached and there is no network, so nobody can be found · not-near: none can be
 * reached, and on the network around it was not heard of · not-heard: it was not heard of since the start, or since it was
 * connected last · no-answer: it was heard, and no address of it came · no-address: this device found none of its own to
 * tell · no-path: both told some, and the network carried no connection · not-proven: somebody answered who could not
 * prove to be it · full: as many devices are connected as can be at once, and it waits for its turn · connecting: it was
 * heard just now
 */
export type Finding =
  | 'connected'
  | 'no-meeting-point'
  | 'not-near'
  | 'not-heard'
  | 'no-answer'
  | 'no-address'
  | 'no-path'
  | 'not-proven'
  | 'full'
  | 'connecting';
/** One device of the others, and what stands between it and this one. */
export interface Examined extends Pick<
  PeerStatus,
  'deviceId' | 'identityId' | 'name' | 'deviceName' | 'link' | 'through'
> {
  readonly finding: Finding;
  readonly steps: Steps;
  /** When it was connected last, also before this start, ms since 1970; of one that is: when it came. undefined: never. */
  readonly lastConnected?: number;
  /** By how much its clock is ahead of this one's at least, ms; below 0: behind it; 0 when there is no sign of either. */
  readonly clockOff: number;
}
/** `on`: whether members are looked for on the network around. `given`: addresses where they are looked for besides. */
export interface LanDiagnosis extends LanHealth {
  readonly on: boolean;
  readonly given: readonly Knocked[];
}
/** How this client reaches others, as `cove doctor` reports it. */
export interface Diagnosis<Device = Examined> {
  readonly meetingPoints: readonly MeetingPointHealth[];
  readonly lan: LanDiagnosis;
  readonly devices: readonly Device[];
}

interface Network {
  readonly meetingPoints: readonly MeetingPointHealth[];
  readonly reach: 'anywhere' | 'near' | 'nowhere';
  readonly lan: LanDiagnosis;
}

/** How long a connection may take before it counts as one that did not come about. */
const PATIENCE = 30_000;
/** Clocks that differ by less trouble nobody. */
const CLOCK_MATTERS = 2 * 60_000;

export function examine(
  mesh: Mesh,
  replicas: readonly Replica[],
  { meetingPoints, reach, lan }: Network,
  now: number,
  seen: (device: Hex) => number | undefined,
): Diagnosis {
  const devices = new Map<Hex, Examined>();
  for (const replica of replicas) {
    if (replica.ended() !== undefined) continue;
    for (const { deviceId, identityId, name, deviceName, connected, link, through } of mesh.status(replica.key).peers) {
      const steps = mesh.steps(deviceId);
      const off = clockOff(replica.walls(deviceId), now);
      const before = devices.get(deviceId);
      const way = link === undefined ? before : { link, through };
      const finding =
        before?.finding === 'connected' ? 'connected' : findingOf(connected, reach, steps, now, mesh.full);
      const began = steps.connected ?? 0;
      const last = finding === 'connected' ? began : Math.max(began, steps.ended ?? 0, seen(deviceId) ?? 0);
      devices.set(deviceId, {
        ...{ deviceId, identityId, name, deviceName, steps },
        ...(way?.link === undefined ? {} : { link: way.link }),
        ...(way?.through === undefined ? {} : { through: way.through }),
        finding,
        ...(last === 0 ? {} : { lastConnected: last }),
        clockOff: before !== undefined && Math.abs(before.clockOff) > Math.abs(off) ? before.clockOff : off,
      });
    }
  }
  return { meetingPoints, lan, devices: [...devices.values()] };
}

function clockOff(walls: Walls | undefined, now: number): number {
  if (walls === undefined) return 0;
  const { last, seen } = walls;
  if (last - now > CLOCK_MATTERS) return last - now;
  // What this device itself wrote in a time to come was written before its clock was set back.
  const behind = seen > now ? 0 : seen - last;
  return behind > CLOCK_MATTERS ? -behind : 0;
}

function findingOf(connected: boolean, reach: Network['reach'], steps: Steps, now: number, full: boolean): Finding {
  if (connected) return 'connected';
  if (reach === 'nowhere') return 'no-meeting-point';
  const { announced = 0, tried = 0, named = 0, told = 0, reached = 0, refused = 0, ended = 0 } = steps;
  const heard = Math.max(announced, tried);
  if (heard === 0 || ended > heard) return reach === 'near' ? 'not-near' : 'not-heard';
  if (now - heard < PATIENCE) return 'connecting';
  if (refused > 0 && refused >= reached) return 'not-proven';
  if (full && told === 0) return 'full';
  if (told > 0) return named > 0 ? 'no-path' : 'no-address';
  return tried > 0 && named === 0 ? 'no-address' : 'no-answer';
}

const failed = ({ error }: { readonly error?: string }): string => (error === undefined ? '' : `, ${error}`);
/** No address, nor whom it led to. */
const cameOf = ({ last }: Knocked): string =>
  last === undefined ? 'not tried' : 'device' in last ? 'leads to a device' : last.fault;
const wayLine = (way: LanWay, { ways }: LanHealth): string => `${way} ${ways[way].heard}${failed(ways[way])}`;

/** The one inside this Cove answers it in any case. */
const OWN: Partial<Record<MeetingPointHealth['source'], string>> = { own: ' (of this device)' };

const throughWhat = (proxy: MeetingPointHealth['proxy']): string =>
  proxy === undefined ? '' : ` (through a proxy${proxy.fault === undefined ? '' : `, ${proxy.fault}`})`;

/** What may be passed on to whoever helps: no names, addresses, ids, codes or keys. */
export function report(
  { meetingPoints, lan, devices }: Diagnosis,
  about: { version: string; system: string },
  now: number,
  wayOut?: WayOut,
) {
  const ago = (at: number | undefined): string => {
    if (at === undefined) return 'never';
    const seconds = Math.round((now - at) / 1000);
    return seconds < 0 ? `${-seconds} s from now (this clock was set back)` : `${seconds} s ago`;
  };
  return [
    `Cove ${about.version} on ${about.system}`,
    // Two people who compare their reports see whose clock is off.
    `Clock: ${new Date(now).toISOString().slice(0, 16)}Z`,
    ...meetingPoints.map(
      ({ state, source, proxy }, i) => `Meeting point ${i + 1}: ${state}${OWN[source] ?? ''}${throughWhat(proxy)}`,
    ),
    `This network: ${lan.on ? 'on' : 'off'}, ${lan.addresses.length} addresses${failed(lan)}, ${lan.heard} heard, ${wayLine('beacon', lan)}, ${wayLine('mdns', lan)}`,
    ...(lan.on ? lan.given : []).map((given, i) => `Given address ${i + 1}: ${cameOf(given)}`),
    ...(wayOut === undefined ? [] : wayOutLines(wayOut)),
    ...devices.map(({ finding, link, steps, lastConnected, clockOff }, i) => {
      const { announced, tried, named, told, reached, refused, connected, ended } = steps;
      const times = Object.entries({ announced, tried, named, told, reached, refused, connected, ended });
      const side = clockOff > 0 ? 'ahead' : 'behind';
      const clock = clockOff === 0 ? '' : `, clock ${side} by ${Math.round(Math.abs(clockOff) / 1000)} s at least`;
      const way = link === undefined ? finding : `${finding}, ${link}`;
      return `Device ${i + 1}: ${way}, last connected ${ago(lastConnected)} (${times.map(([step, at]) => `${step} ${ago(at)}`).join(', ')})${clock}`;
    }),
  ].join('\n');
}
