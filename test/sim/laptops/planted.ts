/** What is broken on purpose, the fleet in which it does harm, and which of the questions has to notice. */
import { MESH } from '../../../main/engine/mesh/limits.ts';
import type { FleetPlan } from './plan.ts';

interface Fault {
  readonly breaks: string;
  readonly plan: FleetPlan;
  /** Other limits than the mesh's own. */
  readonly limits?: Partial<Record<keyof typeof MESH, unknown>>;
}

export const PLANTED = {
  'no cap': {
    breaks: 'links per space are capped',
    plan: { seed: 1, laptops: 18, hours: 0, pair: 0, ungrouped: true },
    limits: { linksPerSpace: 1_000 },
  },
  'nobody looks for others': {
    breaks: 'who is there is connected',
    plan: { seed: 1, laptops: 14, hours: 0, pair: 0, ungrouped: true },
    limits: { linksWanted: 0, linksLent: 0 },
  },
  'no back-off': {
    breaks: 'the broker has little to do',
    plan: { seed: 1, laptops: 3, hours: 1, pair: 1, ungrouped: true, open: 2 },
    limits: { announceLongest: 2_000 },
  },
  'no pace': {
    breaks: 'no burst at the start',
    plan: { seed: 1, laptops: 2, hours: 0.1, pair: 80, ungrouped: true, open: 1 },
    limits: { announceRate: { perSecond: 1_000, burst: 1_000 } },
  },
  'a second connection': {
    breaks: 'one connection for all spaces of two',
    plan: { seed: 1, laptops: 2, hours: 0.1, pair: 3, ungrouped: true, open: 2 },
  },
  'one who is deaf': {
    breaks: 'all agree in the end',
    plan: { seed: 1, laptops: 4, hours: 0, pair: 0, ungrouped: true },
  },
} as const satisfies Record<string, Fault>;
export type Planted = keyof typeof PLANTED;

/** For as long as `fn` takes, the mesh has other limits. */
export async function withPlanted<T>(planted: Planted | undefined, fn: () => Promise<T>): Promise<T> {
  const fault: Fault | undefined = planted && PLANTED[planted];
  const before = { ...MESH };
  Object.assign(MESH, fault?.limits);
  try {
    return await fn();
  } finally {
    Object.assign(MESH, before);
  }
}
