/**
 * Plays many plans, as many at a time as the machine has cores: a life is one thread's work, and each is played in a
 * process of its own that nothing else can slow or disturb.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from './simulation.ts';

export interface Task {
  readonly seed: number;
  readonly operations: number;
  /** Played again, to compare the traces. */
  readonly twice: boolean;
}
export interface Life {
  readonly seed: number;
  readonly outcome: Outcome;
  /** The trace hash of the second time. */
  readonly again?: string;
  /** Real milliseconds of the first. */
  readonly took: number;
}

/** Hears each life as it ends, in no certain order. What `tell` throws ends all of them, as does a process that dies. */
export async function live(tasks: Iterable<Task>, tell: (life: Life) => void): Promise<void> {
  const todo = [...tasks].reverse();
  const players = Array.from({ length: Math.min(availableParallelism(), todo.length) }, () =>
    fork(join(import.meta.dirname, 'life.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  );
  try {
    await Promise.all(players.map((player) => work(player, todo, tell)));
  } finally {
    for (const player of players) player.kill();
  }
}

async function work(player: ChildProcess, todo: Task[], tell: (life: Life) => void): Promise<void> {
  for (let task = todo.pop(); task; task = todo.pop()) {
    player.send(task);
    tell(await answer(player, task));
  }
}

async function answer(player: ChildProcess, { seed }: Task): Promise<Life> {
  const over = new AbortController();
  const { signal } = over;
  const died = once(player, 'exit', { signal }).then(() => {
    throw new Error(`the process that played seed ${seed} died`);
  });
  try {
    const [life] = (await Promise.race([once(player, 'message', { signal }), died])) as [Life];
    return life;
  } finally {
    died.catch(() => undefined);
    over.abort();
  }
}
