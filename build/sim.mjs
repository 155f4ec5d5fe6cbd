/** `npm run sim`: the simulator on the project's own Node, without any network; see test/sim/command.ts. */
import { spawnSync } from 'node:child_process';
import { installModules } from './setup/modules.mjs';
import { projectEnvironment, projectNode, root } from './setup/project.mjs';
import { command } from './setup/say.mjs';
import { withoutNetwork } from './test/network.mjs';

/** A hundred laptops hold some GB in one process, and what each message leaves behind is cleared away in larger lots. */
const MEMORY = ['--max-old-space-size=12288', '--max-semi-space-size=64'];

await command(() => {
  installModules();
  const [program = '', ...args] = [...(withoutNetwork() ?? []), projectNode, ...MEMORY, 'test/sim/command.ts'];
  const options = /** @type {const} */ ({ cwd: root, stdio: 'inherit', env: projectEnvironment() });
  return spawnSync(program, [...args, ...process.argv.slice(2)], options).status ?? 1;
});
