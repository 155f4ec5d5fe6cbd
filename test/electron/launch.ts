/** Starts an app in Electron for Playwright to drive. */
import { join } from 'node:path';
import { _electron, type ElectronApplication } from 'playwright';

const HELD = join(import.meta.dirname, 'held');

export interface LaunchOptions {
  /** The folder of the app; absent: the executable has one in it. */
  readonly app?: string;
  readonly args?: readonly string[];
  readonly env: Record<string, string>;
}

/** COVE_ELECTRON_ARGS are what Electron needs on this machine. */
export function launchElectron(
  executablePath: string,
  { app, args = [], env }: LaunchOptions,
): Promise<ElectronApplication> {
  const flags = (process.env['COVE_ELECTRON_ARGS'] ?? '').split(' ').filter((flag) => flag !== '');
  const launch = (): Promise<ElectronApplication> =>
    _electron.launch({
      executablePath,
      args: [...(app === undefined ? [] : [HELD]), ...flags, ...args],
      env: app === undefined ? env : { ...env, COVE_TEST_APP: app },
      timeout: 60_000,
    });
  // An app in its executable cannot be held back: what held/main.cjs tells of may happen, and hardly twice.
  return app === undefined ? launch().catch(launch) : launch();
}
