/** Unit tests beside the code and what spans layers without a window; windows are driven by Playwright. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte({ configFile: false })],
  test: {
    include: ['{main,native,preload,renderer,test}/**/*.test.ts'],
    exclude: [
      ...['test/desktop/**', 'test/package/**', 'node_modules/**', 'out/**'],
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
