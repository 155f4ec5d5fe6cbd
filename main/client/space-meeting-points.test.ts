/** What a Cove dials of the lists that others write into a space. */
import { expect, test } from 'vitest';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import type { NamedMeetingPoints, Replica } from '../engine/echo/replica.ts';
import { SPACE_OBJECT } from '../engine/echo/space-objects.ts';
import type { MeetingPointSource } from '../engine/ports.ts';
import type { Network } from './network.ts';
import { SpaceMeetingPoints } from './space-meeting-points.ts';

/** A space whose two lists the test writes, on a device that is on the internet; what is dialled, and why. */
function space() {
  const dialled = new Map<string, MeetingPointSource>();
  const most = { now: 0, ever: 0 };
  let [listed, named]: [unknown, NamedMeetingPoints | undefined] = [undefined, undefined];
  const told: (() => void)[] = [];
  const objects = {
    spaceFields: () => ({ meetingPoints: listed }),
    onChange: (fn: (ids: ReadonlySet<string>) => void) => {
      told.push(() => fn(new Set([SPACE_OBJECT])));
      return () => undefined;
    },
  } as unknown as SpaceObjects;
  const replica = {
    authority: () => ({ namedMeetingPoints: () => named }),
    onAuthority: (fn: () => void) => (told.push(fn), () => undefined),
  } as unknown as Replica;
  const use = (url: string, source: MeetingPointSource) => {
    dialled.set(url, source);
    most.ever = Math.max(most.ever, ++most.now);
    return () => {
      most.now--;
      if (dialled.get(url) === source) dialled.delete(url);
    };
  };
  const network = { rendezvous: { use }, loopback: false } as unknown as Network;
  const points = new SpaceMeetingPoints(objects, () => network, replica);
  return {
    points,
    dialled: () => [...dialled].map(([url, source]) => `${source} ${url}`),
    most,
    write(next: { listed?: unknown; named?: readonly string[] }) {
      if ('listed' in next) listed = next.listed;
      if (next.named) named = { urls: next.named, by: 'ad' };
      for (const fn of told) fn();
    },
  };
}

test('of a hostile list nothing is dialled but brokers behind TLS, and never more than four and eight', () => {
  const { write, dialled, most } = space();
  const names = (of: string, count: number) => Array.from({ length: count }, (_, i) => `mqtts://${of}${i}.example`);
  const near = ['mqtt://192.168.1.1:80', 'mqtts://192.168.1.1:443', 'mqtts://127.0.0.1', 'mqtts://[::1]', 'mqtts://0'];
  write({ named: [...near, 'ws://meet.example', 'mqtts://a:b@meet.example', 'javascript:alert(1)'] });
  expect(dialled()).toEqual([]);
  write({ named: names('n', 1_000).slice(0, 4), listed: names('l', 1_000) });
  expect(dialled()).toHaveLength(4 + 8);
  expect(most.ever).toBe(12);
});

test('what is named for everybody comes first; one that both lists have is dialled once, and stays when one lets it go', () => {
  const { write, dialled, most, points } = space();
  const [one, two] = ['mqtts://one.example', 'mqtts://two.example'];
  write({ listed: [one, two] });
  expect(dialled()).toEqual([`space ${one}`, `space ${two}`]);
  write({ named: [two] });
  expect(dialled().sort()).toEqual([`named ${two}`, `space ${one}`]);
  write({ listed: [] });
  expect([dialled(), points.used, points.named]).toEqual([[`named ${two}`], [two], [two]]);
  write({ named: [], listed: [two] });
  expect(dialled()).toEqual([`space ${two}`]);
  points.close();
  expect([dialled(), most.now]).toEqual([[], 0]);
});
