/** `npm run scale`: what docs/scale.md says of many people, played and measured anew; see test/scale/write.ts. */
import { spawnSync } from 'node:child_process';
import { installModules } from './setup/modules.mjs';
import { projectEnvironment, projectNode, root } from './setup/project.mjs';
import { command } from './setup/say.mjs';
import { installSystemPackages } from './setup/system.mjs';
import { withoutNetwork } from './test/network.mjs';

await command(() => {
  installModules();
  installSystemPackages(['servers']);
  const [program = '', ...args] = [...(withoutNetwork() ?? []), projectNode, 'test/scale/write.ts'];
  const options = /** @type {const} */ ({ cwd: root, stdio: 'inherit', env: projectEnvironment() });
  return spawnSync(program, [...args, ...process.argv.slice(2)], options).status ?? 1;
});
