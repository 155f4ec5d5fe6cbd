/** Unit tests beside the code and what spans layers without a window; windows are driven by Playwright. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte({ configFile: false })],
  test: {
    include: ['{main,native,preload,renderer,test}/**/*.test.ts'],
    exclude: ['test/desktop/**', 'test/package/**', 'node_modules/**', 'out/**'],
    testTimeout: 30_000,
    pool: 'forks',
  },
});
