/**
 * `npm run doctor`: why devices are not connected, in a terminal: what the Doctor in the settings says, of the same
 * profile, while Cove is closed. `-- --seconds 60` looks longer, `-- --report` prints only what can be passed on.
 */
import { spawnSync } from 'node:child_process';
import { installModules } from './setup/modules.mjs';
import { projectEnvironment, projectNode, root } from './setup/project.mjs';
import { command } from './setup/say.mjs';

await command(() => {
  installModules();
  const args = ['main/doctor.ts', ...process.argv.slice(2)];
  return spawnSync(projectNode, args, { cwd: root, stdio: 'inherit', env: projectEnvironment() }).status ?? 1;
});
