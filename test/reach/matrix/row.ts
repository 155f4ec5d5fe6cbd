/**
 * One row of the table of networks: a place where two people are, what they do there, and by which way it has to go.
 * Each thing they do is one cell: it is timed, and the way is looked at.
 */
import { Lab, type Computer } from '../lab.ts';
import { answered, passes, People, stop } from '../people.ts';

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
  /** Where no invitation gets through: the two came together on a network of their own, and this parts them. */
  readonly part?: () => void;
}

export interface Row {
  /** Of the first column. */
  readonly name: string;
  readonly way: Way;
  readonly scene: (lab: Lab) => Promise<Scene>;
}

/** How long it took, ms, or what went wrong. `elsewhere`: it was done where nothing was in the way. */
export type Cell = { readonly ms: number } | { readonly failed: string } | { readonly elsewhere: true };

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
    for await (const cell of act(people, scene, row.way, cuts)) {
      cells.push(cell);
      if ('failed' in cell) break;
    }
    return cells;
  } finally {
    await people.close();
    await lab.close();
  }
}

async function* act(people: People, scene: Scene, way: Way, cuts: readonly number[]): AsyncGenerator<Cell> {
  const start = ({ computer, environment }: Place) => people.start(computer, environment);
  let [host, guest] = [await start(scene.host), await start(scene.guest)];
  const { space = '', code, digits } = await answered(host, { do: 'invite' }, 'code');
  const joining = await timed(() => answered(guest, { do: 'join', code, digits }, 'joined'));
  yield scene.part && 'ms' in joining ? { elsewhere: true } : joining;
  if (scene.part) {
    await stop(host, guest);
    scene.part();
    [host, guest] = [await start(scene.host), await start(scene.guest)];
  }
  const linked = () =>
    Promise.all([host, guest].map((who) => answered(who, { do: 'linked', space, link: way }, 'linked')));
  yield await timed(async () => {
    await linked();
    await passes(host, guest, space, 'from the host');
    await passes(guest, host, space, 'from the guest');
  });
  for (const [at, cut] of cuts.entries()) {
    scene.cable.pull();
    const title = `in the dark, ${at}`;
    await answered(host, { do: 'write', space, title }, 'written');
    const seen = answered(guest, { do: 'wait', space, title }, 'seen');
    await new Promise((resolve) => setTimeout(resolve, cut));
    scene.cable.plug();
    yield await timed(async () => {
      await seen;
      await linked();
      await passes(guest, host, space, `from the guest, back again, ${at}`);
    });
  }
}

/** What is not done in time goes on and may fail later, with nobody to tell. */
async function timed(act: () => Promise<unknown>): Promise<Cell> {
  const since = performance.now();
  const acting = act();
  acting.catch(() => undefined);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Cell>((resolve) => {
    timer = setTimeout(() => resolve({ failed: `not within ${WITHIN_MS / 1000} s` }), WITHIN_MS);
  });
  const done = acting.then(
    (): Cell => ({ ms: performance.now() - since }),
    (error: unknown): Cell => ({ failed: String(error) }),
  );
  const cell = await Promise.race([done, late]);
  clearTimeout(timer);
  return cell;
}
