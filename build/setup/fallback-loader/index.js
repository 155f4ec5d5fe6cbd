/**
 * Starts the app whose folder is the first argument, as Electron's own default app does. The main file is required,
 * not imported: an import comes after `ready`, too late for `protocol.registerSchemesAsPrivileged`.
 */
const { readFileSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { app } = require('electron');

const folder = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (!folder) {
  console.error('electron: give the folder of an app as the first argument');
  process.exit(1);
}
const appPath = resolve(folder);
const description = JSON.parse(readFileSync(join(appPath, 'package.json'), 'utf8'));
app.setName(description.productName ?? description.name);
app.setVersion(description.version);
app.setAppPath(appPath);
require(join(appPath, description.main));
