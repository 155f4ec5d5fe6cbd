/** Draws the icons anew after a change of build/icons/cove.svg, with the same Electron that runs the app. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installModules } from './setup/modules.mjs';
import { root } from './setup/project.mjs';
import { prepareRuntime } from './setup/runtime.mjs';
import { command } from './setup/say.mjs';
import { hasDisplay, inDesktopSession, withSessionFolders } from './setup/session.mjs';

await command(() => {
  installModules();
  const { electron, flags, environment } = prepareRuntime();
  const draw = [electron.executable, join(root, 'build/icons'), ...(flags ? [flags] : [])];
  const [program = '', ...args] = inDesktopSession(draw, { invisible: !hasDisplay });
  return withSessionFolders((folders) => spawnSync(program, args, { env: { ...environment, ...folders } }).status ?? 1);
});
