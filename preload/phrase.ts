/**
 * The phrase window's bridge: these calls and nothing else. This window shows no space content, and the windows that do
 * have no call that answers with the words or with a share of them.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { CHANNELS } from './channels.ts';
import type { PhraseHost } from './contract/phrase.ts';

const host: PhraseHost = {
  task: () => ipcRenderer.invoke(CHANNELS.phraseTask),
  use: (phrase) => ipcRenderer.invoke(CHANNELS.phraseUse, phrase),
  useBackup: (phrase) => ipcRenderer.invoke(CHANNELS.phraseBackup, phrase),
  words: () => ipcRenderer.invoke(CHANNELS.phraseWords),
  confirm: (answers) => ipcRenderer.invoke(CHANNELS.phraseConfirm, answers),
  kept: () => ipcRenderer.invoke(CHANNELS.phraseKept),
  split: (splitting) => ipcRenderer.invoke(CHANNELS.phraseSplit, splitting),
  look: (shares) => ipcRenderer.invoke(CHANNELS.phraseLook, shares),
  copyShare: (share) => ipcRenderer.invoke(CHANNELS.phraseCopyShare, share),
  saveShare: (share) => ipcRenderer.invoke(CHANNELS.phraseSaveShare, share),
};
contextBridge.exposeInMainWorld('covePhrase', host);
