/**
 * Starts the app in the folder COVE_TEST_APP, which learns that Electron is ready only when Playwright listens. A window
 * that goes to its first page while Playwright attaches to it may keep both waiting for ever: once in some dozens of
 * starts on a busy machine. Playwright has a module of its own against that, and leaves it out where an executable is named.
 */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { app } = require('electron');

const ready = app.whenReady();
/** @type {() => void} */
let listens = () => undefined;
const listening = new Promise((resolve) => (listens = () => resolve(undefined)));
app.whenReady = () => Promise.all([ready, listening]).then(() => undefined);
// Playwright evaluates a call of this name when it has attached.
Object.assign(globalThis, { __playwright_run: () => listens() });

const folder = process.env['COVE_TEST_APP'] ?? '';
const {
  name,
  productName = name,
  version = '0.0.0',
  main,
} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
app.setName(productName);
app.setVersion(version);
app.setAppPath(folder);
require(join(folder, main));
