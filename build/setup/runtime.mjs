/** The part of the set-up that running the app needs, and the environment that tells the app and its drivers about it. */
import { electronNapi, resolveElectron } from './electron.mjs';
import { projectEnvironment } from './project.mjs';
import { say } from './say.mjs';
import { sandboxObstacle } from './session.mjs';
import { compatibleSqlite } from './sqlite.mjs';

/**
 * COVE_ELECTRON and COVE_ELECTRON_ARGS say how tests and the demo start Electron, ELECTRON_OVERRIDE_DIST_PATH says it
 * to Electron's own tools, COVE_SQLITE_BINDING to `native/sqlite` (see sqlite.mjs).
 */
export function prepareRuntime() {
  const electron = resolveElectron();
  const { origin, version, folder } = electron;
  say(
    `Electron ${version} (${{ official: 'official', fallback: 'from npm, for developing only', override: folder }[origin]})`,
  );
  /** @type {Record<string, string>} */
  const variables = {
    COVE_ELECTRON: electron.executable,
    COVE_ELECTRON_ARGS: sandboxObstacle() ? '--no-sandbox' : '',
    ELECTRON_OVERRIDE_DIST_PATH: folder,
  };
  if (electronNapi(electron) < 10) variables.COVE_SQLITE_BINDING = compatibleSqlite();
  return { electron, flags: variables.COVE_ELECTRON_ARGS, environment: projectEnvironment(variables) };
}
