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
  /** to the window: the id of a command that the application menu chose */
  command: 'cove:command',
  /** invoke, phrase window only: the twelve words */
  phraseWords: 'cove:phrase-words',
  /** invoke, phrase window only: three answers */
  phraseConfirm: 'cove:phrase-confirm',
  /** invoke, phrase window only: what it was opened for */
  phraseTask: 'cove:phrase-task',
  /** invoke, phrase window only: twelve typed words */
  phraseUse: 'cove:phrase-use',
  /** invoke, phrase window only: twelve typed words for a backup file */
  phraseBackup: 'cove:phrase-backup',
} as const;
