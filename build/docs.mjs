/** `npm run docs`: the reference of the SDK from its docstrings, as HTML in out/docs; typedoc.json says how. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installModules } from './setup/modules.mjs';
import { projectEnvironment, projectNode, root } from './setup/project.mjs';
import { command } from './setup/say.mjs';

await command(() => {
  installModules();
  const tool = join(root, 'node_modules/typedoc/bin/typedoc');
  const { status } = spawnSync(projectNode, [tool], { cwd: root, stdio: 'inherit', env: projectEnvironment() });
  if (status === 0) console.log(`The reference is in ${join(root, 'out/docs/index.html')}`);
  return status ?? 1;
});
