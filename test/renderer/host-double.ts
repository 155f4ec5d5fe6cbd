/**
 * A host without an engine: keeps spaces, notes and invitations in memory and answers the contract, so that the
 * interface can be looked at and tested by itself. It plays the other people as well (`play`).
 * It is a double of the `Host` seam only; nothing else uses it. What it answers stands by rooms in `double/`.
 */
import { ChangeSet, Text } from '@codemirror/state';
import type {
  AppStatus,
  BundleTask,
  DevicesView,
  FileJoining,
  FileTask,
  Host,
  HostedInvitation,
  JoiningInvitation,
  NoteVersions,
  OperationName,
  RemoteCursor,
  Result,
  SpaceRole,
  StorageTask,
  TopicName,
} from '../../preload/contract/index.ts';
import { app } from './double/app.ts';
import { BACKUPS, devices } from './double/devices.ts';
import { doctor } from './double/doctor.ts';
import { accept, hangUp, send, serve } from './double/documents.ts';
import { fileJoining, fileJoins } from './double/file-joins.ts';
import { files, TAKEN } from './double/files.ts';
import { invitations } from './double/invitations.ts';
import { notes, PAST, textOf, VERSIONS, type DoubleNote } from './double/notes.ts';
import { ADA } from './double/people.ts';
import { fail } from './double/room.ts';
import { settings, SETTINGS } from './double/settings.ts';
import { NAMED_POINTS, spaces, type DoubleSpace } from './double/spaces.ts';

export { BEN, MIRA } from './double/people.ts';

type Subscriber = { name: TopicName; params: Record<string, unknown>; take(result: Result<unknown>): void };

export class HostDouble implements Host {
  status: AppStatus = { state: 'empty', aside: null };
  bundleTask: BundleTask | null = null;
  fileTask: FileTask | null = null;
  storageTask: StorageTask | null = null;
  namedPoints = NAMED_POINTS;
  versions: NoteVersions = { more: false, versions: VERSIONS };
  past = PAST;
  fileJoins: FileJoining[] = [];
  taken = TAKEN;
  /** A topic that cannot be answered now. */
  failing: TopicName | null = null;
  /** Whether there is a third device, senior to this one. */
  tablet = false;
  lostDevices: DevicesView['lost'] = null;
  backups = BACKUPS;
  compacted = false;
  settings = SETTINGS;
  readonly spaces = new Map<string, DoubleSpace>();
  readonly invitations = new Map<string, HostedInvitation>();
  readonly joinings = new Map<string, JoiningInvitation>();
  link: string | null = null;
  /** Every operation that was called, for tests. */
  readonly calls: { name: OperationName; input: unknown }[] = [];
  readonly #subscribers = new Set<Subscriber>();
  readonly #rooms = rooms(this);
  #ids = 1;

  readonly call: Host['call'] = async (name, input) => {
    this.calls.push({ name, input });
    await Promise.resolve();
    const handler = this.#rooms.operations[name] as unknown as (input: unknown) => Result<never>;
    const result = handler(input);
    this.changed();
    return result;
  };
  readonly subscribe: Host['subscribe'] = (name, params, onSnapshot) => {
    const one: Subscriber = {
      name,
      params: params as Record<string, unknown>,
      take: onSnapshot as (result: Result<unknown>) => void,
    };
    this.#subscribers.add(one);
    queueMicrotask(() => this.#subscribers.has(one) && this.#tell(one));
    return () => void this.#subscribers.delete(one);
  };
  readonly openDocument: Host['openDocument'] = (request, spaceId, noteId) => {
    const note = this.note(spaceId, noteId);
    const { port1, port2 } = new MessageChannel();
    serve(this, note, port1, this.spaces.get(spaceId)?.role === 'reader');
    window.postMessage({ type: 'cove:document', request }, '*', [port2]);
  };

  // What tests and the gallery do.
  id(length: 32 | 64): string {
    return (this.#ids++).toString(16).padStart(length, '0');
  }
  ready(phraseConfirmed = false): void {
    this.status = {
      state: 'ready',
      me: ADA,
      device: { deviceId: 'd'.repeat(64), name: 'Ada’s laptop' },
      phraseConfirmed,
      seeking: false,
      revoked: null,
      readOnly: null,
    };
    this.changed();
  }
  addSpace(name: string, role: SpaceRole = 'owner'): string {
    const spaceId = this.id(64);
    this.spaces.set(spaceId, {
      name,
      role,
      notes: new Map(),
      others: [],
      roles: new Map(),
      awaited: new Set(),
      ended: null,
      sync: { state: 'alone' },
    });
    this.changed();
    return spaceId;
  }
  addNote(spaceId: string, title: string, text: string, updatedAt = Date.now()): string {
    const noteId = this.id(32);
    this.spaces.get(spaceId)?.notes.set(noteId, {
      title,
      updatedAt,
      deleted: false,
      updates: [],
      start: Text.of(text.split('\n')),
      ports: new Set(),
      cursors: [],
    });
    return noteId;
  }
  note(spaceId: string, noteId: string): DoubleNote {
    const note = this.spaces.get(spaceId)?.notes.get(noteId);
    if (note === undefined) throw new Error('The double has no such note.');
    return note;
  }
  /** Someone else types: an accepted update that came from another device. */
  type(spaceId: string, noteId: string, at: number, insert: string): void {
    const note = this.note(spaceId, noteId);
    const changes = ChangeSet.of({ from: at, insert }, textOf(note).length);
    accept(this, note, [{ changes, clientID: 'remote' }]);
  }
  cursors(spaceId: string, noteId: string, cursors: RemoteCursor[]): void {
    const note = this.note(spaceId, noteId);
    note.cursors = cursors;
    send(note, { type: 'cursors', cursors });
  }
  text(spaceId: string, noteId: string): string {
    return textOf(this.note(spaceId, noteId)).toString();
  }
  /** Breaks the line under a note, as a restarted engine would. */
  hangUp(spaceId: string, noteId: string): void {
    hangUp(this.note(spaceId, noteId));
  }
  invitation(invitationId: string, change: Partial<HostedInvitation>): void {
    const before = this.invitations.get(invitationId);
    if (before !== undefined) this.invitations.set(invitationId, { ...before, ...change });
    this.changed();
  }
  joining(joiningId: string, change: Partial<JoiningInvitation>): void {
    const before = this.joinings.get(joiningId);
    if (before !== undefined) this.joinings.set(joiningId, { ...before, ...change });
    this.changed();
  }
  /** One that takes the place of whichever there was. */
  fileJoin(side: FileJoining['side'], changes: Partial<FileJoining>): string {
    const begun = { ...fileJoining(this, side), ...changes };
    this.fileJoins = [begun];
    this.changed();
    return begun.fileJoinId;
  }
  changed(): void {
    for (const one of this.#subscribers) this.#tell(one);
  }

  #tell({ name, params, take }: Subscriber): void {
    take(structuredClone(this.#snapshot(name, params)));
  }
  #snapshot(name: TopicName, params: Record<string, unknown>): Result<unknown> {
    if (name === this.failing)
      return fail('internal', 'Something went wrong inside Cove. Your saved notes are safe; restart Cove.');
    return this.#rooms.topics[name](params as never);
  }
}

/** What the rooms answer, all together: the compiler says which answer is missing. */
function rooms(double: HostDouble): {
  readonly operations: Record<OperationName, (input: never) => Result<unknown>>;
  readonly topics: Record<TopicName, (params: never) => Result<unknown>>;
} {
  const inApp = app(double);
  const inDevices = devices(double);
  const inDoctor = doctor(double);
  const inFileJoins = fileJoins(double);
  const inFiles = files(double);
  const inInvitations = invitations(double);
  const inNotes = notes(double);
  const inSettings = settings(double);
  const inSpaces = spaces(double);
  return {
    operations: {
      ...inApp.operations,
      ...inDevices.operations,
      ...inDoctor.operations,
      ...inFileJoins.operations,
      ...inFiles.operations,
      ...inInvitations.operations,
      ...inNotes.operations,
      ...inSettings.operations,
      ...inSpaces.operations,
    },
    topics: {
      ...inApp.topics,
      ...inDevices.topics,
      ...inDoctor.topics,
      ...inFileJoins.topics,
      ...inFiles.topics,
      ...inInvitations.topics,
      ...inNotes.topics,
      ...inSettings.topics,
      ...inSpaces.topics,
    },
  };
}
