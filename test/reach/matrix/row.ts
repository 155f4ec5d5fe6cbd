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
}

export interface Row {
  /** Of the first column. */
  readonly name: string;
  /** The way that is expected, and others that will do. */
  readonly ways: readonly [Way, ...Way[]];
  readonly scene: (lab: Lab) => Promise<Scene>;
}

/** How long it took, ms, and by which way they are linked; or what went wrong. */
export type Cell = { readonly ms: number; readonly way: Way } | { readonly failed: string };

/** In each cell the two are connected within this, or it fails. */
export const WITHIN_MS = 20_000;

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
  // In which way an invitation goes is not said anywhere: the one that the session goes on with.
  yield await within(both, space, async ([, guest]) => {
    await answered(guest, { do: 'join', code, digits }, 'joined');
    return linked();
  });
  yield await within(both, space, async ([host, guest]) => {
    const way = await linked();
    await passes(host, guest, space, 'from the host');
    await passes(guest, host, space, 'from the guest');
    return way;
  });
  for (const [at, cut] of cuts.entries()) {
    const title = `in the dark, ${at}`;
    scene.cable.pull();
    await answered(both[0], { do: 'write', space, title }, 'written');
    const seen = answered(both[1], { do: 'wait', space, title }, 'seen');
    await new Promise((resolve) => setTimeout(resolve, cut));
    scene.cable.plug();
    yield await within(both, space, async ([host, guest]) => {
      await seen;
      const way = await linked();
      await passes(guest, host, space, `from the guest, back again, ${at}`);
      return way;
    });
  }
}

type Both = readonly [Telling, Telling];

/** What is not done in time goes on and may fail later, with nobody to tell. */
async function within(both: Both, space: string, act: (both: Both) => Promise<Way>): Promise<Cell> {
  const since = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`not within ${WITHIN_MS / 1000} s`), WITHIN_MS);
  });
  const done = act(both).then(
    (way): Cell => ({ ms: performance.now() - since, way }),
    (error: unknown) => String(error),
  );
  const outcome = await Promise.race([done, late]);
  clearTimeout(timer);
  if (typeof outcome !== 'string') return outcome;
  const links = await Promise.all(both.map((who) => answered(who, { do: 'ways', space }, 'ways').catch(() => ({}))));
  return { failed: `${outcome}; linked: ${JSON.stringify(links)}` };
}
