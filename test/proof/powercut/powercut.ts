/** One power-cut run: record a workload in a process of its own, cut the power, open what is left. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Prng } from '../../engine/net/prng.ts';
import { ImageChecker } from './check.ts';
import type { Problem } from './check.ts';
import type { Fact, Workload } from './facts.ts';
import { crashImages, readRecording } from './recording.ts';

export interface PowerCutOptions {
  readonly seed: number;
  readonly images: number;
  readonly steps: number;
  readonly encrypted?: boolean;
  readonly synchronous?: 'FULL' | 'NORMAL';
  /** Only the numbers of what left the machine are looked at, whatever else is lost. */
  readonly numbersOnly?: boolean;
}
export interface PowerCutResult extends Record<Problem, number> {
  readonly images: number;
  /** The first few failures, each to be replayed by its seed and operation. */
  readonly examples: readonly string[];
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

let library: string | undefined;
/** The recorder's library, compiled if the cache does not have it. */
export const faultVfs = (): string =>
  (library ??= execFileSync(process.execPath, [here('../../../build/setup/fault-vfs.mjs')], {
    encoding: 'utf8',
  }).trim());

export async function cutPower(options: PowerCutOptions): Promise<PowerCutResult> {
  const { seed, images, steps, encrypted = false, synchronous = 'FULL', numbersOnly = false } = options;
  const folder = mkdtempSync(join(tmpdir(), 'cove-powercut-'));
  try {
    const trace = join(folder, 'trace');
    const cipher = encrypted ? 'encrypted' : 'plain';
    execFileSync(process.execPath, [here('workload.ts'), folder, String(seed), String(steps), synchronous, cipher], {
      env: { ...process.env, COVE_FAULT_TRACE: trace, COVE_FAULT_VFS: faultVfs() },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const workload = JSON.parse(readFileSync(join(folder, 'workload.json'), 'utf8')) as Workload;
    const isOfNumbers = (fact: Fact): boolean => ['keychain', 'identity', 'left'].some((kind) => kind in fact);
    const checker = new ImageChecker(folder, workload, !encrypted, numbersOnly ? isOfNumbers : undefined);
    const result = { images: 0, unopened: 0, lost: 0, reused: 0, inconsistent: 0, examples: [] as string[] };
    for (const image of crashImages(readRecording(trace), images, new Prng(`cuts ${seed}`))) {
      result.images++;
      const verdict = await checker.check(image);
      if (!verdict) continue;
      result[verdict.problem]++;
      const { at, mode } = image;
      if (result.examples.length < 3) {
        result.examples.push(
          `seed ${seed}, operation ${at}, ${mode}: ${verdict.problem}, ${verdict.detail}`.slice(0, 900),
        );
      }
    }
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
