/**
 * The app's composition root: policy first, then the window and its protocol; the bridge and the client, most of what
 * there is to read, while the window's own process starts. Nothing else in the tree constructs these.
 */
import { join } from 'node:path';
import { app, dialog, ipcMain, nativeTheme, powerMonitor, session } from 'electron';
import type { BundleTask, FileTask, StorageTask } from '../preload/contract/index.ts';
import type { AppState, Documents } from './bridge/index.ts';
import { dataDirFrom } from './client/options.ts';
import { registerScheme, serveApp, type LoadPicture } from './shell/app-protocol.ts';
import { DeepLinks } from './shell/deep-links.ts';
import { installMenu } from './shell/menu.ts';
import { applyContentsPolicy, applySessionPolicy } from './shell/session-policy.ts';
import { windowFolder } from './shell/window-folder.ts';
import { Windows } from './shell/windows.ts';

/** What answers the pages. */
interface Answering {
  readonly state: AppState;
  readonly documents: Documents;
  readonly loadPicture: LoadPicture;
}

/** What the page may take to ask for its files. */
const PAGE_MS = 1000;

const dataDir = dataDirFrom({});
app.setName('Cove');
app.setPath('userData', windowFolder(dataDir));
registerScheme();
// Every page is sandboxed; only tests that run as root give --no-sandbox, which this call would take back.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
applyContentsPolicy();

const windows = new Windows(join(app.getAppPath(), 'out', 'preload'));
const links = new DeepLinks();
let answering: Promise<Answering> | undefined;

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', (_event, args) => {
    links.offer(args);
    windows.focusMain();
  });
  start().catch((error: unknown) => {
    dialog.showErrorBox(
      'Cove cannot start',
      `Installing it again helps where files of it are damaged.\n\n${String(error)}`,
    );
    app.exit(1);
  });
} else {
  // The first instance has been told and comes to the front.
  app.quit();
}

async function start(): Promise<void> {
  links.offer(process.argv.slice(1));
  await app.whenReady();
  app.setAsDefaultProtocolClient('cove');
  applySessionPolicy(session.defaultSession);
  const renderer = join(app.getAppPath(), 'out', 'renderer');
  const handedOut = serveApp(session.defaultSession, renderer, {
    answering: () => answering,
    loadPicture: async (path) => (await answering)?.loadPicture(path),
  });
  installMenu({
    newWindow: () => windows.openMain(),
    command: (id) => windows.command(id),
    step: (kind) => windows.step(kind),
  });
  windows.openMain();
  answering = answer();
  const { state } = await answering;
  // Opening the profile holds this process up, and the page waits for it to hand out its files: those first.
  await Promise.race([handedOut, new Promise((resolve) => setTimeout(resolve, PAGE_MS))]);
  await state.open();
}

async function answer(): Promise<Answering> {
  const bridge = await import('./bridge/index.ts');
  const preferences = new bridge.Preferences(join(dataDir, 'preferences.json'));
  nativeTheme.themeSource = preferences.values.theme;
  const systemProxy = (url: string) => session.defaultSession.resolveProxy(url);
  const state = new bridge.AppState({ dataDir, systemProxy }, preferences);
  const showing = new bridge.ShowingWindows(() => state.client);
  const tasks = {
    bundles: new bridge.Tasks<BundleTask['task']>(),
    files: new bridge.Tasks<FileTask['task']>(),
    storage: new bridge.Tasks<StorageTask['task']>(),
  };
  const environment = { state, preferences, showing, ...tasks, links, windows, version: app.getVersion() };
  const subscriptions = new bridge.Subscriptions(bridge.sources(environment));
  bridge.listen(ipcMain, windows.isMain, bridge.handlers(environment), subscriptions);
  const documents = bridge.serveDocuments(ipcMain, windows.isMain, environment);
  bridge.servePhrase(ipcMain, windows.isPhrase, environment);
  bridge.keepPicturesOf(state);
  // Who wakes up is often on another network, and the pauses between attempts have become long.
  powerMonitor.on('resume', () => state.opened?.mesh.retry());
  links.changed(() => links.waiting && windows.focusMain());
  return { state, documents, loadPicture: (path) => bridge.loadPicture(environment, path) };
}

app.on('activate', () => windows.focusMain());
app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') app.quit();
});

async function leave(): Promise<void> {
  const answered = await answering;
  await answered?.documents.settled();
  await answered?.state.close();
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
