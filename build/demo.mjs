/** `npm run demo`: two Coves play the whole story by themselves, in front of you or on an invisible screen. */
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { buildApp } from './setup/bundle.mjs';
import { installModules } from './setup/modules.mjs';
import { projectNode, root } from './setup/project.mjs';
import { prepareRuntime } from './setup/runtime.mjs';
import { command } from './setup/say.mjs';
import { hasDisplay, inDesktopSession, withSessionFolders } from './setup/session.mjs';
import { installSystemPackages } from './setup/system.mjs';

/** Sets up what is missing, plays the demo and gives its exit code. */
export function playDemo() {
  installModules();
  installSystemPackages(['electron', 'keyring', ...(hasDisplay ? [] : /** @type {const} */ (['display']))]);
  const { environment } = prepareRuntime();
  buildApp();
  const play = [projectNode, 'test/desktop/demo.ts', ...process.argv.slice(2)];
  const [program = '', ...args] = inDesktopSession(play, { invisible: !hasDisplay });
  return withSessionFolders((folders) => {
    const env = { ...environment, ...folders };
    return spawnSync(program, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await command(playDemo);
