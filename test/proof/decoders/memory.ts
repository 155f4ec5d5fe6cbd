/** How much memory a call takes, given back or not: V8's own counts, of the heap and of buffers outside of it. */
import { GCProfiler, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Buffers are given back a collection later than the objects that named them. */
export function collect(): void {
  for (let i = 0; i < 3; i++) gc();
}

/** What is held at the moment, MiB. */
export function heldMiB(): number {
  collect();
  const { used, external } = now();
  return (used + external) / 2 ** 20;
}

/**
 * MiB that were allocated from `start` until its answer is called. Between two collections the heap only grows, so what
 * it grew by from one to the next is summed: never less than the most that was held at once. Buffers that nobody has
 * named for a while are given back at any time: where that is seen, it takes nothing off the sum.
 */
export function allocation(): () => number {
  const profiler = new GCProfiler();
  profiler.start();
  const start = now();
  return () => {
    const end = now();
    let bytes = 0;
    let from = start;
    const until = (to: Held): void => {
      bytes += Math.max(0, to.used - from.used) + Math.max(0, to.external - from.external);
    };
    for (const { beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
      until(held(beforeGC.heapStatistics));
      from = held(afterGC.heapStatistics);
    }
    until(end);
    return bytes / 2 ** 20;
  };
}

interface Held {
  readonly used: number;
  readonly external: number;
}

function now(): Held {
  const { used_heap_size: used, external_memory: external } = getHeapStatistics();
  return { used, external };
}

function held({ usedHeapSize, externalMemory }: { usedHeapSize: number; externalMemory: number }): Held {
  return { used: usedHeapSize, external: externalMemory };
}
