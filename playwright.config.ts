/** Tests that drive real Electron windows: `desktop` the app as built into out/, `package` the packaged one. */
import { defineConfig } from '@playwright/test';

export default defineConfig({
  outputDir: 'out/playwright',
  // Two Electrons at once fill a small machine.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  projects: [
    { name: 'desktop', testDir: 'test/desktop', testMatch: '**/*.spec.ts' },
    { name: 'package', testDir: 'test/package', testMatch: '**/*.spec.ts', timeout: 300_000 },
  ],
});
