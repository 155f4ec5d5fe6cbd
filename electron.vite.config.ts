/**
 * How the app is bundled: main and preload scripts to CommonJS (a sandboxed preload cannot be anything else, and the
 * main script must register its URL scheme before `ready`, synchronously), windows to ES modules.
 */
import { resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';
import description from './package.json' with { type: 'json' };

/** Stay outside the bundle: they carry native binaries, which are found beside their own files. */
const native = ['better-sqlite3', 'keytar', 'node-datachannel'];
const bundled = Object.keys(description.dependencies).filter((name) => !native.includes(name));

// The floor is Electron 33: Node 20.18, Chromium 130.
const node = 'node20.18';
const chromium = 'chrome130';

// What is bundled goes out with its licence.
const license = { fileName: 'licenses.md' };

export default defineConfig({
  main: {
    build: {
      target: node,
      license,
      externalizeDeps: { exclude: bundled },
      rolldownOptions: {
        input: { index: resolve('main/index.ts'), 'backup-worker': resolve('native/sqlite/backup-worker.ts') },
        // In one folder, so that whatever starts the worker has it beside itself.
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
      },
    },
  },
  preload: {
    build: {
      target: node,
      // A sandboxed preload can require nothing but `electron`, so each one is a single file.
      externalizeDeps: false,
      isolatedEntries: true,
      rolldownOptions: {
        input: { index: resolve('preload/index.ts'), phrase: resolve('preload/phrase.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [svelte({ configFile: false })],
    build: {
      target: chromium,
      license,
      minify: true,
      // A data: URL for a small font or picture would not pass the content security policy.
      assetsInlineLimit: 0,
      rolldownOptions: { input: { index: resolve('renderer/index.html'), phrase: resolve('renderer/phrase.html') } },
    },
  },
});
