/** Coves on simulated computers of their own, for a file of tests: gone after its last one. */
import { expect, test } from '@playwright/test';
import { makeComputer, type Computer } from './computer.ts';
import { startCove, type Cove, type LaunchOptions } from './cove.ts';

export interface Coves {
  /** Those that were started, in their order. */
  readonly coves: readonly Cove[];
  readonly computers: readonly Computer[];
  /** `environment` is the computer's beside what every one has; `launch` says how Cove is started there. */
  start(
    name: string,
    environment?: Readonly<Record<string, string>>,
    launch?: (computer: Computer) => LaunchOptions,
  ): Promise<Cove>;
}

export function startingCoves(): Coves {
  const computers: Computer[] = [];
  const coves: Cove[] = [];
  test.afterAll(async () => {
    for (const cove of coves) await cove.quit();
    for (const one of computers) await one.remove();
  });
  return {
    coves,
    computers,
    async start(name, environment = {}, launch = () => ({})) {
      const computer = await makeComputer(name);
      Object.assign(computer.env, environment);
      computers.push(computer);
      const started = await startCove(computer, launch(computer));
      coves.push(started);
      return started;
    },
  };
}

/** A Cove that runs for this long only: never two at once, where being on one computer here must not help them. */
export async function using(computer: Computer, work: (cove: Cove) => Promise<void>): Promise<void> {
  const cove = await startCove(computer);
  try {
    await work(cove);
    expect(cove.complaints).toEqual([]);
  } finally {
    await cove.quit();
  }
}
