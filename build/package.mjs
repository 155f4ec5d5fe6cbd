/**
 * `npm run package`: builds the app and packages it with electron-builder; arguments are passed on (`-- --dir` makes
 * just the folder, in dist/). With the Electron from npm the result is good for tests only.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp } from './setup/bundle.mjs';
import { resolveElectron } from './setup/electron.mjs';
import { installModules } from './setup/modules.mjs';
import { projectEnvironment, projectNode, root } from './setup/project.mjs';
import { command, say } from './setup/say.mjs';

await command(() => {
  installModules();
  const electron = resolveElectron();
  buildApp();
  const staged = join(root, 'out', `.electron-${process.pid}`);
  const args = ['--config', 'electron-builder.yml', `-c.electronVersion=${electron.version}`];
  try {
    if (electron.origin === 'official') {
      args.push(`-c.electronDist=${electron.folder}`);
    } else {
      say(`packaging with Electron ${electron.version} from ${electron.folder}: for tests, not for shipping.`);
      // Without the loader that stands in for Electron's default app.
      cpSync(electron.folder, staged, {
        recursive: true,
        filter: (path) => path !== join(electron.folder, 'resources/app'),
      });
      args.push(`-c.electronDist=${staged}`);
    }
    // Hard links would carry the fuses over into the Electron that was copied from.
    const env = projectEnvironment({ USE_HARD_LINKS: 'false', ...sevenZip() });
    const builder = join(root, 'node_modules/electron-builder/cli.js');
    const { status } = spawnSync(projectNode, [builder, ...args, ...process.argv.slice(2)], {
      cwd: root,
      stdio: 'inherit',
      env,
    });
    return status ?? 1;
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
});

/** A 7-Zip of the system spares electron-builder a download. */
function sevenZip() {
  const path = '/usr/bin/7za';
  return existsSync(path) ? { ELECTRON_BUILDER_7ZIP_PATH: path } : {};
}
