/**
 * The phrase window's bridge: five calls and nothing else. This window shows no space content, and the
 * windows that do have no call that answers with the words.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { CHANNELS } from './channels.ts';
import type { PhraseHost } from './contract/phrase.ts';

const host: PhraseHost = {
  task: () => ipcRenderer.invoke(CHANNELS.phraseTask),
  use: (words) => ipcRenderer.invoke(CHANNELS.phraseUse, words),
  useBackup: (words) => ipcRenderer.invoke(CHANNELS.phraseBackup, words),
  words: () => ipcRenderer.invoke(CHANNELS.phraseWords),
  confirm: (answers) => ipcRenderer.invoke(CHANNELS.phraseConfirm, answers),
};
contextBridge.exposeInMainWorld('covePhrase', host);
