/** `npm run bench`: measures the built app and the engine, and prints a table (`-- --traces <folder>` for real traces). */
import { spawnSync } from 'node:child_process';
import { buildApp, buildSdk } from './setup/bundle.mjs';
import { installModules } from './setup/modules.mjs';
import { projectNode, root } from './setup/project.mjs';
import { prepareRuntime } from './setup/runtime.mjs';
import { command } from './setup/say.mjs';
import { hasDisplay, inDesktopSession, withSessionFolders } from './setup/session.mjs';
import { installSystemPackages } from './setup/system.mjs';

await command(() => {
  installModules();
  installSystemPackages(['electron', 'keyring', 'servers', ...(hasDisplay ? [] : /** @type {const} */ (['display']))]);
  const { environment } = prepareRuntime();
  buildApp();
  buildSdk();
  const bench = [projectNode, 'test/bench/run.ts', ...process.argv.slice(2)];
  const [program = '', ...args] = inDesktopSession(bench, { invisible: !hasDisplay });
  return withSessionFolders((folders) => {
    const env = { ...environment, ...folders };
    return spawnSync(program, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;
  });
});
