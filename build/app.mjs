/** `npm run build`: the app into out/{main,preload,renderer}, the SDK into out/sdk, if their sources changed, and its SQLite. */
import { buildApp, buildSdk } from './setup/bundle.mjs';
import { installModules } from './setup/modules.mjs';
import { command } from './setup/say.mjs';
import { sqliteForTheirNode } from './setup/sqlite.mjs';

await command(() => {
  installModules();
  buildApp();
  if (process.argv.includes('--app-only')) return;
  buildSdk();
  sqliteForTheirNode();
});
