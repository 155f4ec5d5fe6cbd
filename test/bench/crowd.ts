/**
 * A program: the two ends of lively.ts. `host` is the one whose event loop is measured; `guests` are all the others, a
 * client each in one process, so that nothing of theirs runs in the loop that is measured.
 *
 *   node crowd.ts host|guests <meeting point> <others in each space> <profiles, as JSON>
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { Client, type Space } from '../../main/client/index.ts';
import { createOneItemKeychain } from './one-item-keychain.ts';
import { until } from './places.ts';

export interface Profile {
  readonly dataDir: string;
  /** The keychain's one item. */
  readonly secret: string;
}
/** Milliseconds beyond the time at which a turn of the loop was due, and how many notes came meanwhile. */
export interface Delay {
  readonly p99: number;
  readonly most: number;
  /** The part of a delay that the thread spent working; the rest is waiting for a processor, or for the disk. p99. */
  readonly work: number;
  readonly came: number;
}
export type Asked =
  | { readonly do: 'meet' | 'leave' }
  | { readonly do: 'measure'; readonly ms: number }
  | { readonly do: 'return'; readonly notes: number }
  | { readonly do: 'write'; readonly ms: number; readonly perSecond: number }
  | { readonly do: 'fill'; readonly each: number };

const LONGEST_MS = 600_000;
/** How often the loop's delay is sampled; it counts from when the sample was due. */
const RESOLUTION_MS = 10;
const TITLE = 'A note of a lively space, as long as titles are';
const TEXT = 'The gate and the barrel of the bean fence, and what is to be done about them. '.repeat(3);

const [kind = '', url = '', others = '', given = ''] = process.argv.slice(2);
const profiles = JSON.parse(given) as readonly Profile[];
const answers = kind === 'host' ? await host() : await guests();
process.on('message', (asked: Asked) => void answer(asked));
process.send?.('ready');

async function answer(asked: Asked): Promise<void> {
  process.send?.((await answers(asked)) ?? 'done');
}

type Answers = (asked: Asked) => Promise<unknown>;

async function opened({ dataDir, secret }: Profile): Promise<Client> {
  const keychain = createOneItemKeychain(secret);
  const client = new Client({ dataDir, meetingPoints: [url], bind: '127.0.0.1', keychain });
  await client.initialize();
  return client;
}

async function host(): Promise<Answers> {
  const [profile] = profiles as readonly [Profile];
  let client = await opened(profile);
  const spaces = (): readonly Space[] => client.echo.spaces;
  const notes = (): number => spaces().reduce((sum, { objects }) => sum + objects.count({ type: 'note' }), 0);
  const allHere = (): boolean =>
    spaces().every(({ peers }) => {
      return peers.length === Number(others) && peers.every((peer) => peer.connected && peer.upToDate);
    });

  async function measured(work: () => Promise<unknown>): Promise<Delay> {
    const before = notes();
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    const worked = sampledWork();
    await work();
    histogram.disable();
    const late = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
    const delay = { p99: late(histogram.percentile(99)), most: late(histogram.max), work: worked() };
    return { ...delay, came: notes() - before };
  }

  return async (asked) => {
    if (asked.do === 'meet') return await until('all guests are here', allHere, LONGEST_MS);
    if (asked.do === 'measure') return await measured(() => setTimeout(asked.ms));
    if (asked.do === 'leave') return await client.destroy();
    if (asked.do !== 'return') throw new Error(`a host does not ${asked.do}`);
    client = await opened(profile);
    const come = new Set<string>();
    // Told, not asked: to count them again and again would be work of its own.
    const cancels = spaces().map(({ objects }) =>
      objects.onChange((changed) => {
        for (const id of changed) come.add(id);
      }),
    );
    const anybody = (): boolean => spaces().some(({ peers }) => peers.some(({ connected }) => connected));
    await until('somebody is here', anybody, LONGEST_MS); // before that it waits
    const delay = await measured(() => until('all notes are here', () => come.size >= asked.notes, LONGEST_MS));
    for (const cancel of cancels) cancel();
    return delay;
  };
}

/** Samples as the histogram does, with the thread's processor time beside; the function ends it and tells the p99. */
function sampledWork(): () => number {
  const parts: number[] = [];
  let [at, used] = [performance.now(), process.threadCpuUsage()];
  const sample = (): void => {
    const { user, system } = process.threadCpuUsage(used);
    const now = performance.now();
    parts.push(Math.max(0, Math.min(now - at - RESOLUTION_MS, (user + system) / 1_000)));
    [at, used] = [now, process.threadCpuUsage()];
  };
  const timer = setInterval(sample, RESOLUTION_MS);
  return () => {
    clearInterval(timer);
    sample(); // it may be over before the first was due
    return parts.sort((a, b) => a - b)[Math.floor(parts.length * 0.99)] ?? Number.NaN;
  };
}

async function guests(): Promise<Answers> {
  const clients: Client[] = [];
  for (const profile of profiles) clients.push(await opened(profile));
  const write = (client: Client, turn: number): void => {
    const space = client.echo.spaces[turn % client.echo.spaces.length];
    space?.objects.create({ type: 'note', title: `${TITLE} ${turn}` }, { text: TEXT });
    space?.objects.flush();
  };
  return async (asked) => {
    if (asked.do === 'fill') {
      for (const client of clients) {
        for (let turn = 0; turn < asked.each * client.echo.spaces.length; turn++) write(client, turn);
        await setTimeout(0);
      }
      return;
    }
    if (asked.do !== 'write') throw new Error(`guests do not ${asked.do}`);
    const pause = 1_000 / asked.perSecond;
    const start = performance.now();
    for (let turn = 0; performance.now() < start + asked.ms; turn++) {
      const [who, round] = [turn % clients.length, Math.floor(turn / clients.length)];
      write(clients[who] as Client, round * 7 + who); // in another space than those before
      await setTimeout(Math.max(0, start + (turn + 1) * pause - performance.now()));
    }
  };
}
