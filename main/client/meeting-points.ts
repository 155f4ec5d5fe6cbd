/**
 * The meeting points as they are shown: which spaces each is used for, and those of spaces that the person has switched
 * off on this device.
 */
import type { Hex } from '../engine/bytes.ts';
import { inLowerCase, mayBeNamed } from '../engine/meeting-address.ts';
import { readMeta, writeMeta } from '../engine/halo/meta.ts';
import type { MeetingPointHealth, Storage } from '../engine/ports.ts';

/** A meeting point, how it is, and who names it. */
export interface MeetingPoint extends MeetingPointHealth {
  /** Spaces that name it. */
  readonly spaces: readonly { readonly key: Hex; readonly name: string }[];
  /** Spaces alone name it, and it is not used on this device: the person has switched it off. */
  readonly off: boolean;
  /** Invitations and spaces tell others of it, or everybody has it. */
  readonly told: boolean;
}

interface NamingSpace {
  readonly key: Hex;
  readonly name: string;
  readonly meetingPoints: { readonly named: readonly string[]; readonly used: readonly string[] };
}

export function shownMeetingPoints(
  health: readonly MeetingPointHealth[],
  spaces: readonly NamingSpace[],
  off: ReadonlySet<string>,
): readonly MeetingPoint[] {
  const naming = new Map<string, NamingSpace[]>();
  for (const space of spaces) {
    for (const url of space.meetingPoints.used) naming.set(keyOf(url), [...(naming.get(keyOf(url)) ?? []), space]);
  }
  const by = (url: string) => (naming.get(keyOf(url)) ?? []).map(({ key, name }) => ({ key, name }));
  const used = new Set(health.map(({ url }) => keyOf(url)));
  const rest = [...off].filter((url) => naming.has(keyOf(url)) && !used.has(keyOf(url)));
  return [
    ...health.map((row) => ({
      ...row,
      spaces: by(row.url),
      off: false,
      told: row.source !== 'list' || isTold(row.url),
    })),
    ...rest.map((url) => {
      const isNamed = (naming.get(keyOf(url)) ?? []).some(({ meetingPoints }) => meetingPoints.named.includes(url));
      return {
        url,
        source: isNamed ? ('named' as const) : ('space' as const),
        state: 'offline' as const,
        spaces: by(url),
        off: true,
        told: true,
      };
    }),
  ];
}

/** Others cannot have its name and password, and are made to dial nothing without TLS that is far. */
const isTold = (url: string): boolean => mayBeNamed(inLowerCase(url), { loopback: true });

const keyOf = (url: string): string => (URL.canParse(url) ? new URL(url).href : url);

/** JSON of addresses, in UTF-8. */
export const POINTS_OFF = 'mesh.points-off';
/** The oldest go first: hardly anybody switches off more. */
const MOST = 64;

export function pointsOff(storage: Storage): readonly string[] {
  const bytes = readMeta(storage, POINTS_OFF);
  return bytes === null ? [] : (JSON.parse(new TextDecoder().decode(bytes)) as string[]);
}

export function keepPointsOff(storage: Storage, urls: readonly string[]): readonly string[] {
  const kept = urls.slice(-MOST);
  storage.transaction(() => writeMeta(storage, POINTS_OFF, new TextEncoder().encode(JSON.stringify(kept))));
  return kept;
}
