/**
 * (t) The same work by others that keep objects on the disk and replicate them: 1,000 objects added and durable at the
 * end, and all of them read from a cold start; an editing trace where they have text; and what has no disk, to compare
 * the way to another device with. Each piece of work is a process of its own, on either side.
 */
import assert from 'node:assert/strict';
import { inFolder, saidBy } from '../places.ts';
import type { Missing, Row } from '../measured.ts';
import type { Trace } from '../trace.ts';
import { AUTOMERGE, AUTOMERGE_ADDS, AUTOMERGE_READS } from './automerge.ts';
import { DXOS, DXOS_ADDS, DXOS_READS } from './dxos.ts';
import { EVOLU, EVOLU_ADDS, EVOLU_READS } from './evolu.ts';
import { JAZZ, JAZZ_ADDS, JAZZ_READS } from './jazz.ts';
import { run, titleOf, type Peer } from './peer.ts';
import { texts } from './texts.ts';
import { WEBSOCKET, WEBSOCKET_SENDS } from './websocket.ts';

/** What `npm run bench:install` fetches. */
export const PEERS: readonly Peer[] = [DXOS, AUTOMERGE, JAZZ, EVOLU, WEBSOCKET];

const COUNT = 1_000;
const program = new URL('same-work.ts', import.meta.url);
/** Ahead of each. */
const AHEAD = { least: 1 };

interface Way {
  readonly peer: Peer;
  readonly adds: string;
  readonly reads: string;
  /** How, where there are several: as its program and the table call it. */
  readonly option?: string;
  readonly said?: string;
  /** Its adding is among the rows of (a). It takes so long that one run says enough. */
  readonly onlyReads?: { readonly goal: { readonly least: number } };
}
const WAYS: readonly Way[] = [
  { peer: AUTOMERGE, adds: AUTOMERGE_ADDS, reads: AUTOMERGE_READS, option: 'each', said: 'a document each' },
  { peer: AUTOMERGE, adds: AUTOMERGE_ADDS, reads: AUTOMERGE_READS, option: 'one', said: 'all in one document' },
  { peer: JAZZ, adds: JAZZ_ADDS, reads: JAZZ_READS },
  { peer: EVOLU, adds: EVOLU_ADDS, reads: EVOLU_READS },
  { peer: DXOS, adds: DXOS_ADDS, reads: DXOS_READS, onlyReads: { goal: { least: 50 } } },
];

interface Added {
  readonly ms: number;
  readonly key: string;
}
interface Counted {
  readonly ms: number;
  readonly titles: number;
}
/** Milliseconds, or why there are none. */
type Figures = { readonly adds: number; readonly reads: number } | { readonly missing: string };

export async function peers(trace: Trace, runs: number): Promise<(Row | Missing)[]> {
  const [adds, reads, queries]: [number[], number[], number[]] = [[], [], []];
  const theirs: Figures[][] = WAYS.map(() => []);
  for (let n = 0; n < runs; n++) {
    await inFolder(async (folder) => {
      const { ms, key } = await cove<Added>('adds', folder, String(COUNT));
      const read = await cove<Counted & { query: number }>('reads', folder, key);
      assert.equal(read.titles, COUNT);
      adds.push(ms);
      reads.push(read.ms);
      queries.push(read.query);
    });
    for (const [at, way] of WAYS.entries()) {
      const known = theirs[at] as Figures[];
      const enough = way.onlyReads !== undefined && n > 0;
      if (!enough && !known.some((one) => 'missing' in one))
        known.push(await inFolder((folder) => worked(way, folder)));
    }
  }
  const rows = WAYS.flatMap((way, at) => against(way, theirs[at] as Figures[], { adds, reads }));
  const query: Row = { name: '(t) of Cove’s cold start, the query and the reading', ours: queries };
  return [...rows, query, ...(await texts(trace, runs)), await sent(runs)];
}

function worked({ peer, adds, reads, option = '' }: Way, folder: string): Figures {
  const added = run<Added>(peer, adds, [folder, String(COUNT), option]);
  if ('missing' in added) return added;
  const read = run<Counted>(peer, reads, [folder, added.told.key]);
  if ('missing' in read) return read;
  const { ms, titles } = read.told;
  if (titles !== COUNT) return { missing: `it read ${titles} of ${COUNT} after ${Math.round(ms)} ms` };
  return { adds: added.told.ms, reads: ms };
}

function against(
  { peer, said, onlyReads }: Way,
  figures: readonly Figures[],
  ours: { readonly adds: readonly number[]; readonly reads: readonly number[] },
): (Row | Missing)[] {
  const name = `${titleOf(peer)}${said === undefined ? '' : `, ${said}`}`;
  const add = `(t) add ${COUNT} objects, durable at the end, against ${name}`;
  const read = `(t) ${COUNT} objects read from a cold start, against ${name}`;
  const missing = figures.find((one) => 'missing' in one)?.missing;
  const names = onlyReads === undefined ? [add, read] : [read];
  if (missing !== undefined) return names.map((row) => ({ name: row, missing }));
  const theirs = figures.filter((one) => 'adds' in one);
  const { goal } = onlyReads ?? { goal: AHEAD };
  const rows: Row[] = [
    { name: add, ours: ours.adds, floor: { name, runs: theirs.map((one) => one.adds) }, goal },
    { name: read, ours: ours.reads, floor: { name, runs: theirs.map((one) => one.reads) }, goal },
  ];
  return rows.filter((row) => names.includes(row.name));
}

/** There is no goal: the other side neither signs nor stores. */
async function sent(runs: number): Promise<Row | Missing> {
  const name = `(t) ${COUNT} objects added at one device, stored at another, against ${titleOf(WEBSOCKET)}`;
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let n = 0; n < runs; n++) {
    const told = run<{ ms: number }>(WEBSOCKET, WEBSOCKET_SENDS, [String(COUNT)]);
    if ('missing' in told) return { name, missing: told.missing };
    theirs.push(told.told.ms);
    ours.push((await inFolder((folder) => cove<{ ms: number }>('sends', folder, String(COUNT)))).ms);
  }
  return { name, ours, floor: { name: `${titleOf(WEBSOCKET)}, in memory`, runs: theirs } };
}

const cove = async <T>(...args: readonly string[]): Promise<T> => (await saidBy(program, args)) as T;
