/** `npm run cove -- <command>`: the command line from the sources, without installing it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installModules } from './setup/modules.mjs';
import { projectEnvironment, projectNode, root } from './setup/project.mjs';
import { command } from './setup/say.mjs';

/** @param {readonly string[]} args */
export function runCove(args) {
  installModules();
  // npm starts its scripts in the project's folder; files are named from where the person is.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const words = [join(root, 'main/cli/index.ts'), ...args];
  return spawnSync(projectNode, words, { cwd, stdio: 'inherit', env: projectEnvironment() }).status ?? 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await command(() => runCove(process.argv.slice(2)));
}
