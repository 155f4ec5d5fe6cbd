/** Snapshots of the doctor domain. */
import type { Diagnosis, doctorTopics, LanWay, LanWayFound } from '../../../preload/contract/doctor.ts';
import type { Environment } from '../environment.ts';
import { hostAndPort, type LanDiagnosis, type LanWayHealth, type WayOut } from '../../client/index.ts';
import { shownCarrier } from '../carrier.ts';
import { person } from '../person.ts';
import type { Sources } from '../router.ts';
import { whenever } from './whenever.ts';

const found = ({ heard, error }: LanWayHealth): LanWayFound => ({ heard, failed: error !== undefined });

/** Each once, with the ways in which it is mute. */
function muteIn(ways: Readonly<Record<LanWay, LanWayHealth>>): Diagnosis['lan']['mute'] {
  const named = new Map<string, LanWay[]>();
  for (const way of ['beacon', 'mdns'] as const)
    for (const { name } of ways[way].mute ?? []) named.set(name, [...(named.get(name) ?? []), way]);
  return [...named].map(([name, mute]) => ({ name, ways: mute }));
}

const shownGiven = ({ address, last }: LanDiagnosis['given'][number]): Diagnosis['lan']['given'][number] => ({
  url: hostAndPort(address),
  finding: last === undefined ? 'not-tried' : 'device' in last ? 'found' : last.fault,
  deviceId: last !== undefined && 'device' in last ? last.device : null,
});

export const shownWayOut = ({ address, relays }: WayOut): NonNullable<Diagnosis['wayOut']> => ({
  address: address.kind,
  relays: relays.map(({ url, works }) => ({ url, works })),
});

/** What a while without news means changes by itself. */
const AGAIN_MS = 5_000;
/** The servers on the way out are others' and asked seldom. */
const WAY_OUT_MS = 60_000;

export const doctorSources = ({ state }: Environment): Pick<Sources, keyof typeof doctorTopics> => ({
  doctor: (_params, emit) => {
    const { mesh } = state.client;
    const every = (fn: () => void) => {
      const timer = setInterval(fn, AGAIN_MS);
      return () => clearInterval(timer);
    };
    let wayOut: WayOut | undefined;
    const lookOut = (fn: () => void) => {
      let over = false;
      const look = () =>
        void mesh.checkWayOut().then((found) => {
          if (over) return;
          wayOut = found;
          fn();
        });
      const timer = setInterval(look, WAY_OUT_MS);
      look();
      return () => {
        over = true;
        clearInterval(timer);
      };
    };
    return whenever([(fn) => mesh.onChange(fn), every, lookOut], () => {
      const { meetingPoints, lan, devices } = mesh.examine();
      emit({
        meetingPoints: meetingPoints.map(({ url, state: now, source, error, proxy }) => ({
          ...{ url, state: now, own: source === 'own' },
          error: error ?? null,
          proxy: proxy === undefined ? null : { url: proxy.url, fault: proxy.fault ?? null },
        })),
        lan: {
          ...{ on: lan.on, failed: lan.error !== undefined },
          ways: { beacon: found(lan.ways.beacon), mdns: found(lan.ways.mdns) },
          mute: muteIn(lan.ways),
          addresses: lan.addresses.map(hostAndPort),
          given: lan.given.map(shownGiven),
        },
        wayOut: wayOut === undefined ? null : shownWayOut(wayOut),
        devices: devices.map(
          ({ deviceId, identityId, name, deviceName, own, finding, link, carrier, clockOff, lastConnected }) => ({
            ...person(identityId, name, ''),
            ...{ deviceId, deviceName, own, finding, link: link ?? null, clockOff },
            carrier: carrier === undefined ? null : shownCarrier(carrier),
            lastContact: lastConnected ?? null,
          }),
        ),
      });
    });
  },
});
