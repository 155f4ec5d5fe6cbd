/**
 * kill -9 at any moment loses nothing that was acknowledged (protocol §9 R1): two real processes with real data channels
 * and a real broker on the loopback, killed again and again; every number that one of them told as saved is there after
 * the next start, and in the end on both.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Prng } from '../engine/net/prng.ts';
import { startMosquitto } from '../ports/mosquitto.ts';
import { record, sized } from './scale.ts';

const KILLS = sized({ share: 30, proof: 200, nightly: 5_000 });
const PATIENCE_MS = 120_000;
const program = fileURLToPath(new URL('kills/worker.ts', import.meta.url));

type Told = Readonly<Record<string, unknown>>;

class Worker {
  readonly #child: ChildProcess;
  readonly #waiting: { readonly key: string; readonly take: (told: Told) => void }[] = [];
  /** Everything it told as saved; kept by whoever started it. */
  readonly #saved: Set<number>;

  constructor(folder: string, meetingPoint: string, saved: Set<number>) {
    this.#saved = saved;
    this.#child = spawn(process.execPath, [program, folder], {
      env: { ...process.env, COVE_MEETING_POINTS: meetingPoint, COVE_BIND: '127.0.0.1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => this.#told(line));
    this.#child.stdin?.on('error', () => undefined);
  }

  /** The next line that has this key. */
  next(key: string): Promise<Told> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${key} within ${PATIENCE_MS} ms`)), PATIENCE_MS);
      this.#waiting.push({
        key,
        take(told) {
          clearTimeout(timer);
          resolve(told);
        },
      });
    });
  }

  ask(request: Told): void {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
  }

  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  #told(line: string): void {
    if (!line.endsWith('}')) return; // cut off by the kill: not told
    const told = JSON.parse(line) as Told;
    if (typeof told['saved'] === 'number') this.#saved.add(told['saved']);
    const at = this.#waiting.findIndex(({ key }) => key in told);
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.take(told);
  }
}

async function titles(worker: Worker, space: string): Promise<Set<number>> {
  const answer = worker.next('titles');
  worker.ask({ do: 'titles', space });
  return new Set(((await answer)['titles'] as string[]).map(Number));
}

const missing = (wanted: ReadonlySet<number>, there: ReadonlySet<number>): number[] =>
  [...wanted].filter((n) => !there.has(n));

test(
  'what was told as saved is there after every kill, and on both devices in the end',
  { timeout: 3_600_000 },
  async () => {
    const random = new Prng('kills');
    const base = mkdtempSync(join(tmpdir(), 'cove-kills-'));
    const mosquitto = await startMosquitto();
    const people = ['a', 'b'].map((name) => ({
      folder: join(base, name),
      saved: new Set<number>(),
      from: name === 'a' ? 0 : 1_000_000,
    }));
    for (const { folder } of people) mkdirSync(folder);
    const start = async ({ folder, saved }: (typeof people)[number]): Promise<Worker> => {
      const worker = new Worker(folder, mosquitto.url, saved);
      await worker.next('ready');
      return worker;
    };
    const workers: Worker[] = [];
    try {
      for (const one of people) workers.push(await start(one));
      const [host, guest] = workers as [Worker, Worker];
      const invited = host.next('space');
      host.ask({ do: 'create' });
      const { space, code, digits } = (await invited) as { space: string; code: string; digits: string };
      const joined = guest.next('joined');
      guest.ask({ do: 'join', code, digits });
      await joined;

      for (let kill = 0; kill < KILLS; kill++) {
        const i = kill % 2;
        const one = people[i] as (typeof people)[number];
        const worker = workers[i] as Worker;
        worker.ask({ do: 'work', space, from: one.from });
        await new Promise((resolve) => setTimeout(resolve, random.between(1, 500)));
        await worker.kill();
        one.from += 10_000;
        workers[i] = await start(one);
        expect({ kill, lost: missing(one.saved, await titles(workers[i] as Worker, space)) }).toEqual({
          kill,
          lost: [],
        });
      }

      const all = new Set(people.flatMap(({ saved }) => [...saved]));
      expect(all.size).toBeGreaterThan(KILLS);
      const until = performance.now() + PATIENCE_MS;
      for (const worker of workers) {
        while (missing(all, await titles(worker, space)).length > 0 && performance.now() < until) {
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        expect(missing(all, await titles(worker, space))).toEqual([]);
      }
      // The comparison itself can see a loss: one number more than was ever saved.
      const planted = missing(new Set([...all, -1]), await titles(workers[0] as Worker, space));
      record({
        id: 'R1',
        promise: 'A process that is killed at any moment loses nothing that it had called saved',
        figure: `${KILLS} kills of two devices in sync, ${all.size} edits told as saved, 0 lost`,
        control: { planted: 'an edit that was never saved is looked for and missed', caught: planted.length === 1 },
      });
    } finally {
      for (const worker of workers) await worker.kill().catch(() => undefined);
      await mosquitto.close();
      rmSync(base, { recursive: true, force: true });
    }
  },
);
