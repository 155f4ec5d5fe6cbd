/**
 * The app's composition root: policy first, then the window protocol, the client, the bridge, the windows.
 * Nothing else in the tree constructs these.
 */
import { join } from 'node:path';
import { app, ipcMain, nativeTheme, powerMonitor, session } from 'electron';
import type { BundleTask, FileTask, StorageTask } from '../preload/contract/index.ts';
import { AppState } from './bridge/app-state.ts';
import { serveDocuments, type Documents } from './bridge/documents.ts';
import { handlers } from './bridge/handlers/index.ts';
import { servePhrase } from './bridge/phrase.ts';
import { Preferences } from './bridge/preferences.ts';
import { ShowingWindows } from './bridge/showing.ts';
import { listen } from './bridge/router.ts';
import { sources } from './bridge/sources/index.ts';
import { Subscriptions } from './bridge/subscriptions.ts';
import { Tasks } from './bridge/tasks.ts';
import { dataDirFrom } from './client/index.ts';
import { registerScheme, serveApp } from './shell/app-protocol.ts';
import { DeepLinks } from './shell/deep-links.ts';
import { installMenu } from './shell/menu.ts';
import { applyContentsPolicy, applySessionPolicy } from './shell/session-policy.ts';
import { windowFolder } from './shell/window-folder.ts';
import { Windows } from './shell/windows.ts';

const dataDir = dataDirFrom({});
app.setName('Cove');
app.setPath('userData', windowFolder(dataDir));
registerScheme();
// Every page is sandboxed; only tests that run as root give --no-sandbox, which this call would take back.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
applyContentsPolicy();

const preferences = new Preferences(join(dataDir, 'preferences.json'));
// Asked once the app is ready.
const systemProxy = (url: string) => session.defaultSession.resolveProxy(url);
const state = new AppState({ dataDir, systemProxy }, preferences);
const windows = new Windows(join(app.getAppPath(), 'out', 'preload'));
const links = new DeepLinks();
let documents: Documents | undefined;

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', (_event, args) => {
    links.offer(args);
    windows.focusMain();
  });
  void start();
} else {
  // The first instance has been told and comes to the front.
  app.quit();
}

async function start(): Promise<void> {
  links.offer(process.argv.slice(1));
  await app.whenReady();
  app.setAsDefaultProtocolClient('cove');
  applySessionPolicy(session.defaultSession);
  serveApp(session.defaultSession, join(app.getAppPath(), 'out', 'renderer'));
  installMenu({
    newWindow: () => windows.openMain(),
    command: (id) => windows.command(id),
    step: (kind) => windows.step(kind),
  });

  nativeTheme.themeSource = preferences.values.theme;
  const showing = new ShowingWindows(() => state.client);
  const tasks = {
    bundles: new Tasks<BundleTask['task']>(),
    files: new Tasks<FileTask['task']>(),
    storage: new Tasks<StorageTask['task']>(),
  };
  const environment = { state, preferences, showing, ...tasks, links, windows, version: app.getVersion() };
  const subscriptions = new Subscriptions(sources(environment));
  listen(ipcMain, windows.isMain, handlers(environment), subscriptions);
  documents = serveDocuments(ipcMain, windows.isMain, environment);
  servePhrase(ipcMain, windows.isPhrase, environment);

  // Who wakes up is often on another network, and the pauses between attempts have become long.
  powerMonitor.on('resume', () => state.client.mesh.retry());
  links.changed(() => links.waiting && windows.focusMain());
  windows.openMain();
  await state.open();
}

app.on('activate', () => windows.focusMain());
app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') app.quit();
});

async function leave(): Promise<void> {
  await documents?.settled();
  await state.close();
}

const LEAVING_MS = 10_000;
let closing = false;
app.on('will-quit', (event) => {
  if (closing) return;
  closing = true;
  // Pending edits are durable already; this leaves topics politely, and frees the native channels. A network that hangs
  // must not keep the profile locked, and what is cut off is what a crash would cut off.
  event.preventDefault();
  setTimeout(() => app.exit(0), LEAVING_MS);
  void leave().finally(() => app.exit(0));
});
