/** Bundles the SDK for plain Node: our own modules into one file, every dependency left to the package's user. */
import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import description from '../package.json' with { type: 'json' };

const names = Object.keys(description.dependencies);

export default defineConfig({
  build: {
    target: 'node20.19',
    ssr: resolve('main/client/index.ts'),
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      external: [...names, new RegExp(`^(${names.join('|')})/`)],
      output: { format: 'es', entryFileNames: 'index.js' },
    },
  },
});
