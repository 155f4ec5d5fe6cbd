/** `npm start`: sets up what is missing, then opens Cove; on a machine without a screen, plays the demo instead. */
import { spawn } from 'node:child_process';
import { playDemo } from './demo.mjs';
import { buildApp } from './setup/bundle.mjs';
import { installModules } from './setup/modules.mjs';
import { root } from './setup/project.mjs';
import { prepareRuntime } from './setup/runtime.mjs';
import { command, say } from './setup/say.mjs';
import { hasDisplay, sandboxObstacle } from './setup/session.mjs';
import { installSystemPackages } from './setup/system.mjs';

await command(async () => {
  if (!hasDisplay) {
    say(
      'there is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set), so Cove plays its demo on an invisible one.',
    );
    return playDemo();
  }
  installModules();
  installSystemPackages(['electron']);
  const { electron, environment } = prepareRuntime();
  buildApp();

  const args = [root, ...process.argv.slice(2)];
  const obstacle = sandboxObstacle();
  if (obstacle) {
    say(`WARNING: running without Chromium's sandbox, because ${obstacle}. Do not use Cove like this every day.`);
    args.push('--no-sandbox');
  }
  say('opening Cove.');
  const app = spawn(electron.executable, args, { stdio: 'inherit', env: environment });
  return new Promise((resolve) => app.on('exit', (code) => resolve(code ?? 1)));
});
