/** Unit tests beside the code and what spans layers without a window; windows are driven by Playwright. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

const ALL = ['{main,native,preload,renderer,test}/**/*.test.ts'];
/** They start programs and networks and wait for them: the processors have time for others meanwhile (build/test/suites.mjs). */
const WAITING = ['test/{devices,reach}/**/*.test.ts'];
/** `waiting`, or `computing`: the others. Default: all. */
const part = process.env.COVE_UNIT;

/** The longest first: started last, one of them would keep everybody waiting for it alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = ({ moduleId }: TestSpecification): boolean => /\/test\/(proof|renderer|reach\/matrix)/.test(moduleId);
    return [...sorted.filter(long), ...sorted.filter((file) => !long(file))];
  }
}

export default defineConfig({
  plugins: [svelte({ configFile: false })],
  test: {
    include: part === 'waiting' ? WAITING : ALL,
    sequence: { sequencer: LongestFirst },
    exclude: [
      ...['test/desktop/**', 'test/package/**', 'node_modules/**', 'out/**'],
      ...(part === 'computing' ? WAITING : []),
      // Network namespaces are Linux's.
      ...(process.platform === 'linux' ? [] : ['test/reach/**']),
      // Of the proxies that they start there is no build for Windows.
      ...(process.platform === 'win32' ? ['test/ports/proxy.test.ts', 'test/devices/proxy.test.ts'] : []),
    ],
    // More than any takes on a busy machine. A proof takes as long as its figures need: build/proof.mjs limits the whole.
    testTimeout: ['proof', 'nightly'].includes(process.env.COVE_PROOF ?? '') ? 0 : 120_000,
    hookTimeout: 120_000,
    setupFiles: ['test/property-seed.ts'],
    // Nothing that a test forgets to bind says anything on the network around.
    env: { COVE_LAN: '0' },
    pool: 'forks',
    maxWorkers: '100%',
    // Nothing here replaces a module or keeps a state in one, and a process for each file loads the same code each time.
    isolate: false,
  },
});
