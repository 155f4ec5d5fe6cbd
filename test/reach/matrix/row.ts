/**
 * One row of the table of networks: a place where two people are, what they do there, and by which way it has to go.
 * Each thing they do is one cell: it is timed, and the way is looked at.
 */
import { Lab, type Computer } from '../lab.ts';
import type { Telling } from '../../proof/kills/telling.ts';
import { answered, passes, People } from '../people.ts';

/** The ways on which two are linked (main/engine/mesh/link-kind.ts). */
export type Way = 'lan' | 'direct' | 'turn' | 'relayed';

export interface Place {
  readonly computer: Computer;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Scene {
  readonly host: Place;
  readonly guest: Place;
  /** Of the guest: pulled and plugged in again. */
  readonly cable: { pull(): void; plug(): void };
  /**
   * What happens as a cell begins, the first being 0: the guest has begun to join by then, or the cable is plugged in
   * again. Gives the state that the cell ends in, if it is not that of being connected.
   */
  readonly happens?: (cell: number, both: Both) => Promise<Ending | undefined>;
}

/** Nothing connects the two, and both say why. */
export interface Ending {
  readonly state: 'no-meeting-point';
  /** Takes the reason away: then they have to come back to each other by themselves. */
  mend(): Promise<unknown>;
}

export interface Row {
  /** Of the first column. */
  readonly name: string;
  /** The way that is expected, and others that will do. */
  readonly ways: readonly [Way, ...Way[]];
  readonly scene: (lab: Lab) => Promise<Scene>;
  /** A cut shows something from so long on, ms: their session has to be over. */
  readonly shortestCut?: number;
}

/**
 * How long it took, ms, and by which way they are linked, or in which state it ended, and how long it took from its mending
 * on; or what went wrong.
 */
export type Cell =
  Connected | { readonly ms: number; readonly state: Ending['state']; readonly back: Connected } | Failed;
type Connected = { readonly ms: number; readonly way: Way };
type Failed = { readonly failed: string };

/** In each cell the two are connected within this, or it fails. */
export const WITHIN_MS = 20_000;
/** After a mending: a meeting point that is far and down is asked once a minute. */
const BACK_MS = 90_000;

/**
 * Plays the row in a lab of its own: invite and join, co-edit, and once more after each cut (how long the guest's cable
 * is pulled, ms). A cell that failed is the last one. Rejects where there can be no such lab.
 */
export async function play(row: Row, cuts: readonly number[]): Promise<Cell[]> {
  const people = new People();
  const lab = await Lab.open();
  const cells: Cell[] = [];
  try {
    const scene = await row.scene(lab);
    for await (const cell of act(people, scene, row.ways, cuts)) {
      cells.push(cell);
      if ('failed' in cell) break;
    }
    return cells;
  } finally {
    await people.close();
    await lab.close();
  }
}

async function* act(people: People, scene: Scene, ways: Row['ways'], cuts: readonly number[]): AsyncGenerator<Cell> {
  const start = ({ computer, environment }: Place) => people.start(computer, environment);
  const both = [await start(scene.host), await start(scene.guest)] as const;
  const { space = '', code, digits } = await answered(both[0], { do: 'invite' }, 'code');
  const linked = async () => {
    const all = both.map((who) => answered(who, { do: 'linked', space, link: ways.join() }, 'linked'));
    return (await Promise.all(all))[0]?.['linked'] as Way;
  };
  /** What happens, and then connected by `act`; or ended by what happens, and connected once that is mended. */
  const cell = async (at: number, act: () => Promise<Way>): Promise<Cell> => {
    let ending: Ending | undefined;
    const first = await within(both, space, async () => {
      ending = await scene.happens?.(at, both);
      return ending === undefined ? act() : undefined;
    });
    if ('failed' in first) return first;
    if (ending === undefined) return first as Connected;
    await ending.mend();
    const back = await within(both, space, act, BACK_MS);
    return 'failed' in back ? back : { ms: first.ms, state: ending.state, back };
  };
  const [host, guest] = both;
  // Waited for in the cell.
  const joined = kept(answered(guest, { do: 'join', code, digits }, 'joined'));
  yield await cell(0, async () => {
    await joined;
    // In which way an invitation goes is not said anywhere: the one that the session goes on with.
    return linked();
  });
  yield await cell(1, async () => {
    const way = await linked();
    await passes(host, guest, space, 'from the host');
    await passes(guest, host, space, 'from the guest');
    return way;
  });
  for (const [at, cut] of cuts.entries()) {
    const title = `in the dark, ${at}`;
    scene.cable.pull();
    await answered(host, { do: 'write', space, title }, 'written');
    const seen = kept(answered(guest, { do: 'wait', space, title }, 'seen'));
    await new Promise((resolve) => setTimeout(resolve, cut));
    scene.cable.plug();
    yield await cell(2 + at, async () => {
      await seen;
      const way = await linked();
      await passes(guest, host, space, `from the guest, back again, ${at}`);
      return way;
    });
  }
}

/** A failure waits until somebody looks at it, if ever. */
function kept<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

export type Both = readonly [Telling, Telling];

/** What is not done in time goes on and may fail later, with nobody to tell. */
async function within<Found extends Way | undefined>(
  both: Both,
  space: string,
  act: () => Promise<Found>,
  ms = WITHIN_MS,
): Promise<{ readonly ms: number; readonly way: Found } | Failed> {
  const since = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`not within ${ms / 1000} s`), ms);
  });
  const done = act().then(
    (way) => ({ ms: performance.now() - since, way }),
    (error: unknown) => String(error),
  );
  const outcome = await Promise.race([done, late]);
  clearTimeout(timer);
  if (typeof outcome !== 'string') return outcome;
  const links = await Promise.all(both.map((who) => answered(who, { do: 'ways', space }, 'ways').catch(() => ({}))));
  return { failed: `${outcome}; linked: ${JSON.stringify(links)}` };
}
