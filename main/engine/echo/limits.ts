/**
 * Every limit of the log layer (protocol §6.6), with the reason for each. What is malformed beyond a limit is nobody's
 * entry and is not stored; what a member wrote beyond one is quarantined, or asked for again when there is room.
 */

export const ECHO = {
  // ---- one entry: part of its format, the same for everybody
  /** Bytes of a payload, nonce and tag included; more goes into blobs. */
  payload: 256 * 1024,
  /** Logs that an entry may name: a return after long absence names many at once. */
  deps: 2_000,
  /** Nesting of a value. */
  depth: 16,
  /** Characters of a register's path. */
  path: 1_024,
  /** Entries that one signature may prove. */
  run: 256,

  // ---- one space: facts of the set of entries, so that all peers judge alike
  members: 200,
  /** A KeyEpoch for this many devices still fits an entry. */
  devices: 1_000,
  /** In the past of a control entry of anybody but an owner; an owner must be able to remove who filled the space. */
  controlEntries: 5_000,

  // ---- what this device stores for others: its own memory and disk
  /**
   * Control entries of all but owners, whatever their past says: members who never heard of each other. With those of
   * owners twice as many, and with what ends something a tenth of it more; so it is with the next two.
   */
  controlEntriesStored: 10_000,
  /** Logs that their version vectors name together, 12 bytes each: one member's can name hundreds in each entry. */
  controlPlacesStored: 2_500_000,
  /** Bytes that they carry: no more than this can be given to a guest. */
  controlBytesStored: 32 * 1024 * 1024,
  /** Incarnations of one device: an honest one begins a new log after a restore or a fork only. */
  logsPerDevice: 64,
  /** Logs of devices that nobody admitted yet: a member may come before the entry that admits it. */
  strangersLogs: 100,
  /** Entries of one log that wait for others, and the bytes of all that wait in a space. */
  pendingEntries: 2_000,
  pendingBytes: 64 * 1024 * 1024,
  /** Entries kept apart because they could not be used, and their bytes: evidence, of which some is enough. */
  quarantinePerDevice: 64,
  quarantineBytesPerDevice: 1024 * 1024,
  quarantine: 1_024,
  quarantineBytes: 16 * 1024 * 1024,
  /** Bytes of a space's entries on this device; a setting. */
  quota: 2 * 1024 * 1024 * 1024,

  // ---- what is asked for, and keys
  /** How far back the start of a fork is looked for at once. */
  forkSearch: 256,
  /** Ranges asked for in one answer. */
  missing: 64,
  /** Epochs on whose topics a device listens: enough for who slept through several removals. */
  listeningEpochs: 16,
  /** A writer makes a new epoch after so long, ms: what leaks later opens a month and not a life. */
  epochLife: 30 * 86_400_000,
} as const;

export type EchoLimits = { readonly [limit in keyof typeof ECHO]: number };
