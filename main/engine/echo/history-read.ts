/** Reads of the history of one space's objects: past states, versions, differences, authors. */
import { fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { comparePositions } from './history-index.ts';
import type { HistoryEntry, HistoryIndex, Position, TextExtent } from './history-index.ts';
import { differences, registersOf } from './history-fields.ts';
import type { ItemsOf } from './history-fields.ts';
import { isShown, runsBetween, shownBy, shownIn, split, textOf } from './history-text.ts';
import type { Selection, Shown } from './history-text.ts';
import type { Authorship, Difference, PastObject, Version } from './history-types.ts';
import { momentOf, placeOf } from './moment.ts';
import type { Moment } from './moment.ts';
import type { Fields } from './object-types.ts';
import type { ObjectRows } from './object-rows.ts';
import { materialise } from './registers.ts';
import type { Registers } from './registers.ts';
import type { DataItem, Replica } from './replica.ts';
import type { Clocks, Texts } from './text-runs.ts';

/** Changes of one device that are further apart belong to different versions. */
const PAUSE_MS = 5 * 60_000;
/** A version is no longer than this. */
const LONGEST_MS = 30 * 60_000;
const PAGE = 50;
const LARGEST_PAGE = 1_000;
/** Entries that were opened last: those of an import hold many objects. */
const OPENED = 32;

export interface ReadOptions {
  readonly replica: Replica;
  readonly rows: ObjectRows;
  readonly index: HistoryIndex;
  readonly clientOf: (log: Hex) => number;
  /** Lends the texts with so many characters of each client, or more; undefined for an object that never had any. */
  readonly withTexts: <T>(object: number, objectId: Hex, clocks: Clocks, use: (texts: Texts) => T) => T | undefined;
}

export interface HistoryReads {
  position(moment: Moment): Position;
  /** The row of an object. Throws CoveError object-not-found. */
  row(objectId: Hex): number;
  /** The entries that stood at a moment, in their order. */
  upTo(object: number, moment: Moment): HistoryEntry[];
  registers(objectId: Hex, entries: readonly HistoryEntry[]): { registers: Registers; complete: boolean };
  itemsOf: ItemsOf;
  shown(entries: readonly HistoryEntry[]): Shown;
  object(objectId: Hex, moment: Moment): PastObject | undefined;
  versions(objectId: Hex, before: Moment | undefined, limit: number | undefined): Version[];
  difference(objectId: Hex, from: Moment, to: Moment | undefined): Difference;
  authors(objectId: Hex, field: string, moment: Moment | undefined): (Authorship & Selection)[];
  fieldAuthors(objectId: Hex): Record<string, Authorship>;
}

export function createHistoryReads({ replica, rows, index, clientOf, withTexts }: ReadOptions): HistoryReads {
  /** By place, the items of an entry by object; kept by the Hex of what they are about. */
  const opened = new Map<string, ReadonlyMap<Hex, (readonly [number, DataItem])[]>>();

  const itemsOf: ItemsOf = ({ log, seq }, objectId) => {
    const key = `${log} ${seq}`;
    let known = opened.get(key);
    if (known === undefined) {
      const items = replica.history().items({ log, seq });
      if (items === undefined) return undefined;
      const byObject = new Map<Hex, (readonly [number, DataItem])[]>();
      for (const [place, item] of items.entries()) {
        const id = toHex(item[0]);
        const list = byObject.get(id);
        if (list === undefined) byObject.set(id, [[place, item]]);
        else list.push([place, item]);
      }
      opened.set(key, (known = byObject));
      if (opened.size > OPENED) opened.delete(opened.keys().next().value as string);
    }
    return known.get(objectId) ?? [];
  };

  function position(moment: Moment): Position {
    const place = placeOf(moment);
    const found = place && replica.history().position(place);
    if (found === undefined) throw new CoveError('moment-unknown');
    return found;
  }

  function row(objectId: Hex): number {
    const found = /^[0-9a-f]{32}$/.test(objectId) ? rows.idOf(replica.row, objectId) : undefined;
    if (found === undefined) throw new CoveError('object-not-found');
    return found;
  }

  function upTo(object: number, moment: Moment): HistoryEntry[] {
    return index.entries(object, position(moment));
  }

  const registers = (objectId: Hex, entries: readonly HistoryEntry[]) => registersOf(objectId, entries, itemsOf);
  const shown = (entries: readonly HistoryEntry[]): Shown => shownBy(entries, clientOf);

  function authorship({ log, wall }: HistoryEntry): Authorship {
    const author = replica.history().author(log);
    return { identityId: author?.identityId ?? '', deviceId: author?.deviceId ?? '', at: wall };
  }

  function clocksOf(places: readonly { readonly log: Hex; readonly clock: number }[]): Clocks {
    const clocks = new Map<number, number>();
    for (const { log, clock } of places) {
      const client = clientOf(log);
      clocks.set(client, Math.max(clock, clocks.get(client) ?? 0));
    }
    return clocks;
  }

  function textsAt(object: number, objectId: Hex, extent: TextExtent): Record<string, string> {
    if (!extent.inserted.some(({ clock }) => clock > 0)) return {};
    const by = shownIn(extent, clientOf);
    const texts = withTexts(object, objectId, clocksOf(extent.inserted), (all) =>
      all.fields.map((field) => [field, textOf(all.runs(field), by)] as const),
    );
    return Object.fromEntries((texts ?? []).filter(([, text]) => text !== ''));
  }

  return {
    position,
    row,
    upTo,
    registers,
    itemsOf,
    shown,
    object(objectId, moment) {
      const object = row(objectId);
      const at = position(moment);
      const extent = index.extent(object, at);
      if (extent.entries === 0) return undefined;
      const { registers: then, complete } = registers(objectId, index.settings(object, at));
      const { deleted, ...fields } = materialise(then);
      const type = typeof fields['type'] === 'string' ? fields['type'] : undefined;
      const texts = textsAt(object, objectId, extent);
      return { id: objectId, type, fields, texts, deleted: deleted === true, complete };
    },
    versions(objectId, before, limit = PAGE) {
      const most = Math.max(1, Math.min(LARGEST_PAGE, limit));
      const at = before === undefined ? undefined : position(before);
      const versions: Version[] = [];
      let group: HistoryEntry[] = [];
      const close = (): void => {
        const version = versionOf(group, replica);
        if (version !== undefined) versions.push(version);
        group = [];
      };
      for (const entry of index.backwards(row(objectId), at)) {
        if (group.length > 0 && !continues(group, entry)) close();
        if (versions.length === most) return versions;
        group.push(entry);
      }
      close();
      return versions;
    },
    difference(objectId, from, to) {
      const object = row(objectId);
      const [before, after] = [position(from), to === undefined ? undefined : position(to)];
      const fieldsAt = (at: Position | undefined) => registers(objectId, index.settings(object, at));
      const [was, is] = [fieldsAt(before), fieldsAt(after)];
      const extents = [before, after].map((at) => index.extent(object, at)) as [TextExtent, TextExtent];
      const [then, now] = extents.map((extent) => shownIn(extent, clientOf)) as [Shown, Shown];
      const clocks = clocksOf(extents.flatMap(({ inserted }) => inserted));
      const texts = withTexts(object, objectId, clocks, (all) =>
        all.fields.map((field) => [field, runsBetween(all.runs(field), then, now)] as const),
      );
      return {
        fields: differences(materialise(was.registers) as Fields, materialise(is.registers) as Fields),
        texts: Object.fromEntries((texts ?? []).filter(([, found]) => found.some(({ kind }) => kind !== 'same'))),
        complete: was.complete && is.complete,
      };
    },
    authors(objectId, field, moment) {
      const object = row(objectId);
      const entries = moment === undefined ? index.entries(object) : upTo(object, moment);
      const byClient = new Map<number, HistoryEntry[]>();
      for (const entry of entries) {
        if (entry.inserted === 0) continue;
        const client = clientOf(entry.log);
        const list = byClient.get(client);
        if (list === undefined) byClient.set(client, [entry]);
        else list.push(entry);
      }
      const found: (Authorship & Selection)[] = [];
      let place = 0;
      const by = shown(entries);
      const clocks = new Map([...byClient].map(([client, list]) => [client, list.at(-1)?.clock ?? 0]));
      withTexts(object, objectId, clocks, (all) => {
        for (const piece of split(all.runs(field), by)) {
          if (!isShown(piece, by)) continue;
          let { clock } = piece;
          const end = clock + piece.text.length;
          while (clock < end) {
            const entry = entryAt(byClient.get(piece.client) ?? [], clock);
            const length = Math.min(end, entry?.clock ?? end) - clock;
            if (entry !== undefined) addRun(found, place, place + length, authorship(entry));
            place += length;
            clock += length;
          }
        }
      });
      return found;
    },
    fieldAuthors(objectId) {
      const object = row(objectId);
      const entries = new Map(index.entries(object).map((entry) => [`${entry.log} ${entry.lamport}`, entry]));
      const found: Record<string, Authorship> = {};
      const { assigned, added } = rows.load(replica.row, objectId, fromHex(objectId))?.registers as Registers;
      const latest = [...assigned].flatMap(([path, { stamp, value }]) =>
        value === undefined ? [] : [[path, stamp] as const],
      );
      for (const [path, addings] of added) {
        const stamps = [...addings.values()].map(({ stamp }) => stamp);
        const last = stamps.reduce((a, b) =>
          comparePositions({ ...a, seq: a.item }, { ...b, seq: b.item }) > 0 ? a : b,
        );
        latest.push([path, last]);
      }
      for (const [path, { log, lamport }] of latest) {
        const entry = entries.get(`${log} ${lamport}`);
        if (entry !== undefined) found[path] = authorship(entry);
      }
      return found;
    },
  };
}

/** Whether an earlier entry belongs to the version of these, the latest first. */
function continues(group: readonly HistoryEntry[], entry: HistoryEntry): boolean {
  const [first, last] = [group[0], group.at(-1)] as [HistoryEntry, HistoryEntry];
  const [pause, length] = [last.wall - entry.wall, first.wall - entry.wall].map(Math.abs) as [number, number];
  return entry.log === last.log && pause <= PAUSE_MS && length <= LONGEST_MS;
}

function versionOf(group: readonly HistoryEntry[], replica: Replica): Version | undefined {
  const [last, first] = [group[0], group.at(-1)];
  if (last === undefined || first === undefined) return undefined;
  const author = replica.history().author(last.log);
  if (author === undefined) return undefined;
  const deletedBy = ({ deletes }: HistoryEntry): number =>
    deletes.reduce((sum, n, i) => (i % 3 === 2 ? sum + n : sum), 0);
  return {
    moment: momentOf(last),
    first: momentOf(first),
    ...author,
    from: first.wall,
    to: last.wall,
    entries: group.length,
    inserted: group.reduce((sum, { inserted }) => sum + inserted, 0),
    deleted: group.reduce((sum, entry) => sum + deletedBy(entry), 0),
    fields: group.some(({ registers }) => registers),
  };
}

/** The entry that inserted a character; entries of one client are in the order of their clocks. */
function entryAt(entries: readonly HistoryEntry[], clock: number): HistoryEntry | undefined {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle] as HistoryEntry).clock > clock) high = middle;
    else low = middle + 1;
  }
  return entries[low];
}

function addRun(found: (Authorship & Selection)[], start: number, end: number, by: Authorship): void {
  const last = found.at(-1);
  if (last !== undefined && last.end === start && last.deviceId === by.deviceId && last.at === by.at) {
    found[found.length - 1] = { ...last, end };
  } else found.push({ start, end, ...by });
}
