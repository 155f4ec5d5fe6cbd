/**
 * Everything the engine needs from outside, as ports as small as they can be. `native/` has one file
 * per port on a real component; each port has an acceptance suite that the real one and its fake pass.
 */

export interface Clock {
  /** Wall clock, milliseconds since 1970. May jump; used for display and day topics, never for ordering. */
  now(): number;
  /** Monotonic milliseconds: for time-outs and back-off. */
  monotonic(): number;
  /** Calls `fn` once after `ms`; the returned function cancels it. */
  after(ms: number, fn: () => void): Cancel;
}
/** Ends what was begun; nothing happens when it has ended. */
export type Cancel = () => void;

export interface Random {
  /** `length` uniformly random bytes from a cryptographic source. */
  bytes(length: number): Uint8Array;
  /**
   * 16 bytes of the same quality for an identifier that everybody may see, never for a secret: they may have been drawn
   * ahead. Absent where drawing costs nothing.
   */
  identifier?(): Uint8Array;
}

/** What SQLite stores. Integers come back as numbers (safe range), blobs as Uint8Array. */
export type SqlValue = null | number | string | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

export interface Statement {
  run(...values: readonly SqlValue[]): { changes: number; lastInsertRowid: number };
  get(...values: readonly SqlValue[]): SqlRow | undefined;
  all(...values: readonly SqlValue[]): SqlRow[];
  /** As `all`, each row as the list of its columns: half the work where they are few and many rows are read. */
  rows(...values: readonly SqlValue[]): SqlValue[][];
  iterate(...values: readonly SqlValue[]): IterableIterator<SqlRow>;
}

/** An open, keyed, WAL-mode, synchronous=FULL database. */
export interface Storage {
  /** Prepared once per SQL text, and kept among those that were used last. */
  prepare(sql: string): Statement;
  exec(sql: string): void;
  /** Runs `fn` in BEGIN IMMEDIATE … COMMIT (a savepoint when nested): durable when it returns, undone when it throws. Synchronous. */
  transaction<T>(fn: () => T): T;
  readonly inTransaction: boolean;
  readonly crashNote: CrashNote;
  /** Copies the whole database, as it is now and under its key, into a new file. Other work goes on meanwhile; one at a time. */
  copyTo(file: string): Promise<void>;
  close(): void;
}

/** 32 bytes beside the database, outside its transactions: they outlive the process however it ends, not a power cut. */
export interface CrashNote {
  /** What was written last, by this process or one before it; empty when nothing ever was. */
  read(): Uint8Array;
  /** Costs microseconds, no commit. */
  write(bytes: Uint8Array): void;
}

/** Files of bytes that are sealed already, each written once, beside the database: for what is too large for it. */
export interface BlockFiles {
  /** By name; durable when it resolves. Rejects with CoveError: disk-full, disk-failing, folder-read-only; some may be there then. */
  write(blocks: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** undefined: it is not there, or cannot be read. */
  read(name: string): Uint8Array | undefined;
  delete(name: string): void;
  names(): readonly string[];
}

/** Where a profile's database lives. */
export interface StorageVault {
  /** True when a database file is there, whether or not it opens. */
  exists(): boolean;
  /** Opens (creating if absent) with a 32-byte key. Throws CoveError: wrong-key, database-damaged, folder-read-only, disk-full, profile-in-use. */
  open(key: Uint8Array): Storage;
  /** Deletes a half-made database; only ever called when no identity was completed. */
  discard(): void;
}

/** What can still be read of a damaged database, and where its files go. */
export interface Salvage {
  /** Copies the damaged files into a folder of this name beside them, unless it is there; nothing ever deletes it. */
  setAside(name: string): void;
  /** As many rows as can be read, in order; none when the database cannot be opened at all. */
  rows(key: Uint8Array, table: string): Iterable<SqlRow>;
  /** A new, empty database beside the damaged one. */
  openFresh(key: Uint8Array): Storage;
  /** Puts the new database, closed by now, in the damaged one's place. */
  replace(): void;
}

/** The system keychain: one item per profile. */
export interface Keychain {
  /** null: there is no such item, or (some systems, after sleep) the keychain would not say. */
  get(account: string): Promise<string | null>;
  /** Stores a secret, in place of the one before. */
  set(account: string, secret: string): Promise<void>;
  /** Deletes a secret; nothing happens when there is none. */
  delete(account: string): Promise<void>;
}

/** A meeting point, or several at once: topics on which sealed signals are exchanged. Best effort, unordered, hostile. */
export interface Rendezvous {
  /**
   * Subscribes; `onMessage` gets every payload published on `topic` by anybody, oneself possibly included. Absent: only to send.
   * `by`: the device of the member who carried it, in hexadecimal. `oneEnd`: a single device listens, so that one way to
   * it is enough.
   */
  open(
    topic: string,
    onMessage?: (bytes: Uint8Array, by?: string) => void,
    options?: { readonly oneEnd?: boolean },
  ): RendezvousTopic;
  /** One row per meeting point. */
  health(): readonly MeetingPointHealth[];
  onHealth(fn: () => void): Cancel;
  /**
   * Adds a meeting point for as long as the returned function is not called. Where more are wanted than are dialled,
   * the order of the sources decides. Default source: an invitation.
   */
  use(url: string, source?: MeetingPointSource): Cancel;
  /** Tries now what cannot be reached, instead of after a pause: somebody waits, or the network is another one. */
  retry(): void;
  close(): Promise<void>;
}
export interface RendezvousTopic {
  /** The device of a member who carries what is said there, in hexadecimal; undefined: the meeting points do. */
  readonly via?: () => string | undefined;
  /** `by`: which members carry it, of those who do. It goes to the meeting points all the same. Default: all. */
  send(bytes: Uint8Array, by?: CarriedBy): void;
  close(): void;
}
/** some: a few, others each time · device: that one, in hexadecimal; all where it has gone. */
export type CarriedBy = 'all' | 'some' | 'none' | { readonly device: string };
/**
 * Why a meeting point is used, the first first: it is this very process, which says nothing of the network · the person's
 * list, or the default one · an invitation names it · whoever manages a space names it · a member's device put it there.
 */
export const MEETING_POINT_SOURCES = ['own', 'list', 'invitation', 'named', 'space'] as const;
export type MeetingPointSource = (typeof MEETING_POINT_SOURCES)[number];
/** A meeting point, and whether it is reached. */
export interface MeetingPointHealth {
  readonly url: string;
  /** The first of the reasons it is used for. */
  readonly source: MeetingPointSource;
  readonly state: 'connecting' | 'online' | 'offline';
  readonly error?: string;
  /** The proxy that it was gone through last, or tried to; absent: none. */
  readonly proxy?: ProxyHealth;
}
/** A proxy, and what is wrong with it. */
export interface ProxyHealth {
  /** Without a password. */
  readonly url: string;
  /** What is wrong with it; absent: nothing that is known. */
  readonly fault?: ProxyFault;
}
/**
 * unreachable: nothing is there · silent: it does not answer · closed: it breaks off · not-a-proxy: it answers something
 * else · password: it wants to be logged in at, or otherwise · refuses: it does not let through to there · no-way: it did
 * not get there itself
 */
export type ProxyFault = 'unreachable' | 'silent' | 'closed' | 'not-a-proxy' | 'password' | 'refuses' | 'no-way';

/** Opens channels to other devices, given an exchange of opaque signals (WebRTC's offer, answer, candidates). */
export interface Transport {
  /** `initiator` makes the offer. Signals are for the other side's `accept`, in any order after the offer. */
  connect(options: { initiator: boolean; onSignal: (signal: TransportSignal) => void }): Connecting;
  close(): Promise<void>;
}
export type TransportSignal =
  | { readonly type: 'offer' | 'answer'; readonly sdp: string }
  | { readonly type: 'candidate'; readonly candidate: string; readonly mid: string };
export interface Connecting {
  accept(signal: TransportSignal): void;
  /** Resolves when the channel is open both ways, rejects when it failed or was cancelled. */
  readonly channel: Promise<Channel>;
  cancel(): void;
}
/** Ordered, reliable messages of at most 65,536 bytes. */
export interface Channel {
  /** The 32 raw SHA-256 bytes of the DTLS certificate; empty on a transport without DTLS. */
  readonly localFingerprint: Uint8Array;
  readonly remoteFingerprint: Uint8Array;
  /** Whether a server in between carries it at the moment (TURN); absent: none ever does. */
  readonly viaServer?: () => boolean;
  /** The device of a member who carries it at the moment, in hexadecimal; undefined: nobody does. Absent: nobody ever does. */
  readonly viaMember?: () => string | undefined;
  send(message: Uint8Array): void;
  /** Bytes given to `send` and not yet handed to the network. */
  buffered(): number;
  /** Messages that arrive before a handler is set are kept and delivered when it is. */
  onMessage(fn: (message: Uint8Array) => void): void;
  /** Called once, at once if already closed. */
  onClose(fn: () => void): void;
  close(): void;
}

/**
 * Other Coves on the same network: small messages to everybody say where each listens, TCP connects them. Best effort,
 * and hostile: anybody on the network may say and send anything.
 */
export interface Lan {
  /** What this device says of itself from now on: at once, when somebody asks, when the network changes, and now and then. */
  announce(beacon: Beacon): void;
  /** Beacons of others, each as often as it is heard, and possibly of oneself. */
  onBeacon(fn: (heard: HeardBeacon) => void): Cancel;
  /** Asks everybody to say now what they announce. */
  ask(): void;
  /** This device is at an address at which it was not before, and has said nothing there yet. */
  onMove(fn: () => void): Cancel;
  /** Rejects when nobody answers there. */
  dial(address: LanAddress): Promise<Channel>;
  /** Somebody dialled this device. */
  onChannel(fn: (channel: Channel) => void): Cancel;
  health(): LanHealth;
  close(): Promise<void>;
}
export interface LanHealth {
  /** Where others on each of the networks around reach this device; none: there is no such network. */
  readonly addresses: readonly LanAddress[];
  /** Other Coves that were heard lately, in either way. Only those speak who miss somebody. */
  readonly heard: number;
  /** The same is said in both: where a firewall, a switch or another program stops one of them, the other may get through. */
  readonly ways: Readonly<Record<LanWay, LanWayHealth>>;
  /** Why this device cannot be dialled: what the system said. */
  readonly error?: string;
}
/** beacon: a small message to a group of Cove's own · mdns: a service as printers and speakers are found by. */
export type LanWay = 'beacon' | 'mdns';
/** How one way of finding others on the same network is. */
export interface LanWayHealth {
  readonly heard: number;
  /** Why nothing can be said or heard in this way, on any network: what the system said. */
  readonly error?: string;
  /** Interfaces, 8 at most, on which nothing can while it can on others. */
  readonly mute?: readonly MuteInterface[];
}
/** An interface on which the system lets nothing be said or heard. */
export interface MuteInterface {
  /** What the system calls it. */
  readonly name: string;
  /** What the system said. */
  readonly error: string;
}
export interface Beacon {
  /** 8 random bytes that the tags stand on. */
  readonly nonce: Uint8Array;
  /** 6 bytes each, in no order: `lanTag`. */
  readonly tags: readonly Uint8Array[];
}
export interface HeardBeacon extends Beacon {
  /** Where the message came from, and the port it names. */
  readonly address: LanAddress;
}
/** An address and port on the network around. */
export interface LanAddress {
  /** IPv4 or IPv6, a link-local one with its zone; where a person gave it perhaps a name. */
  readonly ip: string;
  readonly port: number;
}

/** Where diagnostics go. Never give it secrets, codes, names or note text. */
export interface Log {
  (event: string, detail?: Readonly<Record<string, string | number | boolean>>): void;
}
