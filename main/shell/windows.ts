/** The app's windows: main windows (several, each the same app) and the one phrase window. */
import { join } from 'node:path';
import {
  BrowserWindow,
  dialog,
  nativeTheme,
  type FileFilter,
  type IpcMainEvent,
  type IpcMainInvokeEvent,
  type MessageBoxOptions,
  type WebContents,
} from 'electron';
import { CHANNELS } from '../../preload/channels.ts';
import type { CommandId } from '../../preload/contract/commands.ts';
import { enableCommands } from './menu.ts';
import { MAIN_PAGE, PHRASE_PAGE } from './origin.ts';
import { isTopFrameOf } from './sender.ts';

/** Every setting that is a matter of safety is written out, defaults included. */
const SAFE = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
  enableWebSQL: false,
} as const;

const MOST = 8;
const BACKGROUND = { light: '#faf9f7', dark: '#191817' } as const;

/** What the phrase window is opened for: to show the words, to have them typed, or to split them into shares. */
export type PhraseTask =
  { readonly task: 'show' | 'recover' | 'split' } | { readonly task: 'revoke'; readonly deviceIds: readonly string[] };

export class Windows {
  readonly #preloads: string;
  /** The one used last is the last. */
  readonly #main = new Set<BrowserWindow>();
  /** What each window's page can do now; nothing until it says so. */
  readonly #commands = new WeakMap<WebContents, ReadonlySet<CommandId>>();
  #phrase: BrowserWindow | undefined;
  #asking = false;
  /** Of the phrase window that is open, or was last. */
  phraseTask: PhraseTask = { task: 'show' };

  /** `preloads` is the folder with the built preload scripts. */
  constructor(preloads: string) {
    this.#preloads = preloads;
  }

  /** With `MOST` open the latest of them comes forward: a page that was taken over could ask for any number. */
  openMain(): BrowserWindow {
    const latest = [...this.#main].at(-1);
    if (latest !== undefined && this.#main.size >= MOST) {
      bringForward(latest);
      return latest;
    }
    const window = new BrowserWindow({
      width: 1280,
      height: 800,
      minWidth: 480,
      minHeight: 480,
      show: false,
      title: 'Cove',
      ...(process.platform === 'darwin' ? { titleBarStyle: 'hiddenInset' as const } : {}),
      webPreferences: { ...SAFE, preload: join(this.#preloads, 'index.cjs') },
    });
    this.#main.add(window);
    window.on('closed', () => {
      this.#main.delete(window);
      this.#showCommands();
    });
    window.on('focus', () => {
      this.#main.delete(window);
      this.#main.add(window);
      this.#showCommands();
    });
    window.once('ready-to-show', () => {
      window.setBackgroundColor(nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light);
      window.show();
    });
    void window.loadURL(MAIN_PAGE);
    return window;
  }

  /** One at a time; kept out of screenshots and screen sharing where the system can do that. */
  openPhrase(parent: WebContents, task: PhraseTask = { task: 'show' }): void {
    this.phraseTask = task;
    if (this.#phrase !== undefined) {
      // One that was opened for something else begins anew.
      this.#phrase.reload();
      this.#phrase.focus();
      return;
    }
    const over = BrowserWindow.fromWebContents(parent);
    const window = new BrowserWindow({
      width: 560,
      height: 620,
      resizable: false,
      minimizable: false,
      maximizable: false,
      show: false,
      title: 'Recovery phrase',
      ...(over === null ? {} : { parent: over }),
      webPreferences: { ...SAFE, preload: join(this.#preloads, 'phrase.cjs'), devTools: false },
    });
    window.setContentProtection(true);
    window.setMenu(null);
    this.#phrase = window;
    window.on('closed', () => (this.#phrase = undefined));
    window.once('ready-to-show', () => window.show());
    void window.loadURL(PHRASE_PAGE);
  }

  /**
   * Whether the person wants this address opened. Never two questions at once, and Enter says no: a page that was
   * taken over can only ask.
   */
  async askToOpen(parent: WebContents, url: string): Promise<boolean> {
    const answer = await this.#askOnce(parent, (over) => dialog.showMessageBox(over, openQuestion(url)));
    return answer?.response === 0;
  }

  async #askOnce<T>(parent: WebContents, ask: (over: BrowserWindow) => Promise<T>): Promise<T | undefined> {
    const over = BrowserWindow.fromWebContents(parent);
    if (this.#asking || over === null) return undefined;
    this.#asking = true;
    try {
      return await ask(over);
    } finally {
      this.#asking = false;
    }
  }

  /** The system's own dialogs: a page never names a file, and opens one at a time. */
  askWhereToSave(parent: WebContents, name: string): Promise<string | undefined> {
    return this.#askOnce(parent, async (over) => {
      const { canceled, filePath } = await dialog.showSaveDialog(over, {
        defaultPath: name,
        // Elsewhere the system asks by itself before a file is replaced.
        properties: ['showOverwriteConfirmation', 'createDirectory'],
      });
      return canceled || filePath === '' ? undefined : filePath;
    });
  }

  askForFile(parent: WebContents, filters: readonly FileFilter[]): Promise<string | undefined> {
    return this.#askOnce(parent, async (over) => {
      const { canceled, filePaths } = await dialog.showOpenDialog(over, {
        properties: ['openFile'],
        // What a stick did to a name keeps nobody from choosing it.
        filters: [...filters, { name: 'All files', extensions: ['*'] }],
      });
      return canceled ? undefined : filePaths[0];
    });
  }

  askForFolder(parent: WebContents): Promise<string | undefined> {
    return this.#askOnce(parent, async (over) => {
      const { canceled, filePaths } = await dialog.showOpenDialog(over, { properties: ['openDirectory'] });
      return canceled ? undefined : filePaths[0];
    });
  }

  /** The dialog begins in `folder`; undefined: where the system likes. */
  async askForBackup(folder: string | undefined): Promise<string | undefined> {
    const options = {
      properties: ['openFile' as const],
      filters: [{ name: 'Cove backup', extensions: ['backup'] }],
      ...(folder === undefined ? {} : { defaultPath: folder }),
    };
    const over = this.#phrase;
    const { canceled, filePaths } = await (over
      ? dialog.showOpenDialog(over, options)
      : dialog.showOpenDialog(options));
    return canceled ? undefined : filePaths[0];
  }

  closePhrase(): void {
    this.#phrase?.close();
  }

  /** What can be done in a main window from now on. */
  setCommands(page: WebContents, ids: readonly CommandId[]): void {
    this.#commands.set(page, new Set(ids));
    this.#showCommands();
  }

  #showCommands(): void {
    const page = this.#lastUsed()?.webContents;
    enableCommands((page && this.#commands.get(page)) ?? new Set());
  }

  /** Sends a command of the menu to the main window that was used last. */
  command(id: CommandId): void {
    this.#lastUsed()?.webContents.send(CHANNELS.command, id);
  }

  /** The menu's Undo or Redo. */
  step(kind: 'undo' | 'redo'): void {
    const focused = BrowserWindow.getFocusedWindow();
    if (focused !== null && !this.#main.has(focused)) focused.webContents[kind]();
    else this.#lastUsed()?.webContents.send(CHANNELS.command, kind);
  }

  #lastUsed(): BrowserWindow | undefined {
    const focused = BrowserWindow.getFocusedWindow();
    return focused !== null && this.#main.has(focused) ? focused : [...this.#main].at(-1);
  }

  /** Whether this is the page of the window that `focusMain` brings to the front. */
  isInFront(page: WebContents): boolean {
    return this.#lastUsed()?.webContents === page;
  }

  /** The window that was used last, to be brought to the front. */
  focusMain(): void {
    const window = this.#lastUsed();
    if (window === undefined) {
      this.openMain();
      return;
    }
    bringForward(window);
  }

  /** A message of a main window's own top frame, showing the main page. */
  readonly isMain = (event: IpcMainEvent | IpcMainInvokeEvent): boolean =>
    [...this.#main].some((window) => isTopFrameOf(window, event, MAIN_PAGE));

  readonly isPhrase = (event: IpcMainEvent | IpcMainInvokeEvent): boolean =>
    this.#phrase !== undefined && isTopFrameOf(this.#phrase, event, PHRASE_PAGE);
}

function openQuestion(url: string): MessageBoxOptions {
  const mail = url.startsWith('mailto:');
  return {
    type: 'question',
    message: 'Open this address?',
    detail: `${url}\n\n${
      mail
        ? 'Your mail program opens with a new message. Nothing is sent by itself.'
        : 'It opens outside Cove. Whoever runs the place it leads to sees that you came.'
    }`,
    buttons: [mail ? 'Open mail program' : 'Open in browser', 'Cancel'],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  };
}

function bringForward(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
