/** The only IPC channels there are. Everything else a window sends is dropped by Electron itself. */
export const CHANNELS = {
  /** invoke: {name, input} → Result */
  call: 'cove:call',
  /** send: {id, name, params} */
  subscribe: 'cove:subscribe',
  /** send: {id} */
  unsubscribe: 'cove:unsubscribe',
  /** to the window: {id, snapshot} */
  snapshot: 'cove:snapshot',
  /** send: {request, spaceId, objectId, field}; back to the window: {request} with a port */
  document: 'cove:document',
  /** to the window: the id of a command that the application menu chose, or undo, or redo */
  command: 'cove:command',
  /** invoke, phrase window only: the twelve words */
  phraseWords: 'cove:phrase-words',
  /** invoke, phrase window only: three answers */
  phraseConfirm: 'cove:phrase-confirm',
  /** invoke, phrase window only: what it was opened for */
  phraseTask: 'cove:phrase-task',
  /** invoke, phrase window only: twelve typed words, or shares of them */
  phraseUse: 'cove:phrase-use',
  /** invoke, phrase window only: the same for a backup file */
  phraseBackup: 'cove:phrase-backup',
  /** invoke, phrase window only: whether the words are still on this device */
  phraseKept: 'cove:phrase-kept',
  /** invoke, phrase window only: makes recovery shares */
  phraseSplit: 'cove:phrase-split',
  /** invoke, phrase window only: what typed shares say of themselves */
  phraseLook: 'cove:phrase-look',
  /** invoke, phrase window only: one share */
  phraseCopyShare: 'cove:phrase-copy-share',
  /** invoke, phrase window only: one share, for a file */
  phraseSaveShare: 'cove:phrase-save-share',
} as const;
