/** Waiting, in the simulated network and in this one, for the suites that run in both. */
import type { SimNet } from '../engine/net/sim-net.ts';

export interface Waiting {
  /** Waits for a promise while time passes; rejects if it takes too long. */
  complete<T>(promise: Promise<T>): Promise<T>;
  until(what: string, predicate: () => boolean): Promise<void>;
  /** Lets enough time pass for anything under way to arrive. */
  quiet(): Promise<void>;
}

/** `untilMs`: virtual milliseconds within which what is waited for has to be so. */
export const inSimulation = (net: SimNet, untilMs = 60_000): Waiting => ({
  complete: (promise) => net.complete(promise, 60_000),
  until: (what, predicate) =>
    net.runUntil(predicate, untilMs).catch((error: unknown) => {
      throw new Error(what, { cause: error });
    }),
  quiet: () => net.run(2_000),
});

const PATIENCE_MS = 10_000;

export const inReality: Waiting = {
  complete: (promise) => Promise.race([promise, late()]),
  async until(what, predicate) {
    const deadline = performance.now() + PATIENCE_MS;
    while (!predicate()) {
      if (performance.now() > deadline) throw new Error(`not so in time: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
  quiet: () => new Promise((resolve) => setTimeout(resolve, 300)),
};

const late = (): Promise<never> =>
  new Promise((_, reject) => setTimeout(() => reject(new Error('not so in time')), PATIENCE_MS).unref());
