/** Bundles the SDK and the command line for plain Node: our own modules only, every dependency left to the package's user. */
import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import description from '../package.json' with { type: 'json' };

const names = Object.keys(description.dependencies);

export default defineConfig({
  build: {
    target: 'node20.19',
    ssr: true,
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: {
        index: resolve('main/client/index.ts'),
        testing: resolve('main/testing/index.ts'),
        cove: resolve('main/cli/index.ts'),
        'backup-worker': resolve('native/sqlite/backup-worker.ts'),
      },
      external: [...names, new RegExp(`^(${names.join('|')})/`)],
      // In one folder, so that whatever starts the worker has it beside itself.
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
