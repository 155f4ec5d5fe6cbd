/**
 * A host without an engine: keeps spaces, notes and invitations in memory and answers the contract, so that the
 * interface can be looked at and tested by itself. It plays the other people as well (`play`).
 * It is a double of the `Host` seam only; nothing else uses it.
 */
import { rebaseUpdates, type Update } from '@codemirror/collab';
import { ChangeSet, Text } from '@codemirror/state';
import type {
  AppStatus,
  BackupsView,
  DevicesView,
  BundleTask,
  NamedMeetingPoints,
  NoteVersions,
  PastNote,
  DocumentEvent,
  DocumentRequest,
  Failure,
  FileJoining,
  FileTask,
  StorageTask,
  HostedInvitation,
  Input,
  Host,
  JoiningInvitation,
  MemberRow,
  NoteRow,
  OperationName,
  Person,
  RemoteCursor,
  Result,
  Settings,
  SpaceRole,
  SpaceSummary,
  SyncState,
  TakenBundle,
  TopicName,
} from '../../preload/contract/index.ts';

export const ADA: Person = { identityId: 'a'.repeat(64), name: 'Ada Lovelace', avatar: 'ada', hue: 4 };
export const BEN: Person = { identityId: 'b'.repeat(64), name: 'Ben Okafor', avatar: 'ben', hue: 1 };
export const MIRA: Person = { identityId: 'c'.repeat(64), name: 'Mira Lindqvist', avatar: 'mira', hue: 6 };

export interface DoubleNote {
  title: string;
  updatedAt: number;
  deleted: boolean;
  updates: Update[];
  start: Text;
  ports: Set<MessagePort>;
  cursors: RemoteCursor[];
}
interface DoubleSpace {
  name: string;
  role: SpaceRole;
  notes: Map<string, DoubleNote>;
  others: Person[];
  /** Roles of others that are not the usual ones. */
  roles: Map<string, SpaceRole>;
  /** Owners who have not come in. */
  awaited: Set<string>;
  sync: SyncState;
  ended: SpaceSummary['ended'];
}
type Subscriber = { name: TopicName; params: Record<string, unknown>; take(result: Result<unknown>): void };

const fail = (type: string, message: string): { ok: false; error: Failure } => ({
  ok: false,
  error: { type, message, detail: {} },
});
const WRONG_CODE = 'This is not a valid invitation code. Ask for it again and paste it whole.';
const CODE = 'cove1qy352euf40x77lfrg4ncn27daljxsvg4y0pzcm8fw9k3dvs2t6j4hn0rqx5a7e3lk9uwpzy6dm2c';

const DEVICES = [
  { name: 'Ada’s laptop', current: true, online: true, lastSeen: null, senior: false },
  { name: 'Ada’s phone', current: false, online: false, lastSeen: Date.now() - 7_200_000, senior: false },
  { name: 'Ada’s tablet', current: false, online: false, lastSeen: null, senior: true },
].map((row, i) => ({ ...row, label: row.name, deviceId: String(i).repeat(64) }));

const VERSIONS: NoteVersions['versions'] = (
  [
    [ADA, 0.1, 7, 0],
    [BEN, 1, 45, 21],
    [ADA, 26, 1203, 4],
    [{ ...MIRA, name: '' }, 30, 21, 0],
    [ADA, 24 * 400, 0, 0],
  ] as const
).map(([by, hours, inserted, deleted], i, all) => ({
  ...{ moment: `${i}a`.repeat(32), first: `${i}b`.repeat(32), at: Date.now() - hours * 3_600_000 },
  ...{ by: { ...by, me: by === ADA }, inserted, deleted, made: i === all.length - 1 },
}));

export class HostDouble implements Host {
  status: AppStatus = { state: 'empty', aside: null };
  bundleTask: BundleTask | null = null;
  fileTask: FileTask | null = null;
  storageTask: StorageTask | null = null;
  namedPoints: NamedMeetingPoints = {
    mayName: true,
    byName: 'Mira Lindqvist',
    points: [
      { url: 'mqtts://meet.garden.example:8883', state: 'online', error: null, off: false, ofSpaces: true },
      { url: 'mqtts://old.garden.example', state: 'offline', error: null, off: true, ofSpaces: true },
    ],
  };
  versions: NoteVersions = { more: false, versions: VERSIONS };
  past: PastNote = {
    ...{ title: 'Garden plan', titleNow: 'Garden plan', deleted: false, complete: true, present: false },
    people: [
      { ...ADA, me: true },
      { ...BEN, me: false },
      { ...MIRA, name: '', me: false },
    ],
    pieces: [
      { kind: 'same', text: 'A plan for the year, roughly in order.\n\nSow the ', by: 0 },
      { kind: 'deleted', text: 'runner beans in April', by: 2 },
      { kind: 'inserted', text: 'broad beans in March, and the peas after them', by: 1 },
      { kind: 'same', text: '.\nTurn the compost', by: 0 },
      { kind: 'inserted', text: ', twice', by: 0 },
      { kind: 'same', text: '.\n', by: 0 },
    ],
  };
  fileJoins: FileJoining[] = [];
  taken: TakenBundle = {
    changes: 12,
    from: { name: 'Ben Okafor', deviceName: 'laptop', own: false },
    spaces: ['Garden'],
    unknownSpaces: 1,
    incomplete: ['Garden'],
  };
  /** A topic that cannot be answered now. */
  failing: TopicName | null = null;
  /** Whether there is a third device, senior to this one. */
  tablet = false;
  lostDevices: DevicesView['lost'] = null;
  backups: BackupsView = {
    folder: '/home/ada/.local/share/cove/backups',
    latest: Date.now() - 7_200_000,
    failing: null,
  };
  compacted = false;
  settings: Settings = {
    theme: 'system',
    meetingPoints: [
      {
        url: 'mqtt://192.168.1.20:47800',
        state: 'online',
        source: 'own',
        reason: 'People on your own network find you without any other server',
        error: null,
        takenPorts: [],
        spaces: [],
        off: false,
      },
      {
        url: 'mqtts://meet.garden.example:8883',
        state: 'online',
        source: 'named',
        reason: '',
        error: null,
        takenPorts: [],
        spaces: ['Garden'],
        off: false,
      },
      {
        url: 'mqtts://broker.example.org:8883',
        state: 'offline',
        source: 'default',
        reason: 'Public and free, best effort',
        error: 'It does not answer. Check its address and port, and whether it runs; Cove tries again by itself.',
        takenPorts: [],
        spaces: [],
        off: false,
      },
    ],
    chosen: [],
    meetingPointsFixed: false,
    proxy: { chosen: 'system', fixed: false },
    lan: { on: true, fixed: false },
    carry: { on: true, fixed: false },
    stun: [
      { url: 'stun:stun.example.org:3478', source: 'default', reason: 'Answers near everywhere.' },
      {
        url: 'stun:stun.example.net:443',
        source: 'default',
        reason: 'Another operator; on a port that few firewalls close.',
      },
    ],
    chosenStun: [],
    turn: [],
    turnLacking: [],
    turnFixed: false,
    lanAddresses: [],
    version: '0.1.0',
  };
  readonly spaces = new Map<string, DoubleSpace>();
  readonly invitations = new Map<string, HostedInvitation>();
  readonly joinings = new Map<string, JoiningInvitation>();
  link: string | null = null;
  /** Every operation that was called, for tests. */
  readonly calls: { name: OperationName; input: unknown }[] = [];
  readonly #subscribers = new Set<Subscriber>();
  #ids = 1;

  readonly call: Host['call'] = async (name, input) => {
    this.calls.push({ name, input });
    await Promise.resolve();
    const handler = this.#handlers[name] as unknown as (input: unknown) => Result<never>;
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
    this.#serve(note, port1, this.spaces.get(spaceId)?.role === 'reader');
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
    this.#accept(note, [{ changes, clientID: 'remote' }]);
  }
  cursors(spaceId: string, noteId: string, cursors: RemoteCursor[]): void {
    const note = this.note(spaceId, noteId);
    note.cursors = cursors;
    this.#send(note, { type: 'cursors', cursors });
  }
  text(spaceId: string, noteId: string): string {
    return textOf(this.note(spaceId, noteId)).toString();
  }
  /** Breaks the line under a note, as a restarted engine would. */
  hangUp(spaceId: string, noteId: string): void {
    const note = this.note(spaceId, noteId);
    for (const port of note.ports) {
      port.postMessage({ type: 'closed', message: 'Cove is closing.' } satisfies DocumentEvent);
      port.close();
    }
    note.ports.clear();
    note.start = textOf(note);
    note.updates = [];
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
  changed(): void {
    for (const one of this.#subscribers) this.#tell(one);
  }

  #tell({ name, params, take }: Subscriber): void {
    take(structuredClone(this.#snapshot(name, params)));
  }
  #snapshot(name: TopicName, params: Record<string, unknown>): Result<unknown> {
    const space = this.spaces.get(params['spaceId'] as string);
    const ok = (value: unknown): Result<unknown> => ({ ok: true, value });
    if (name === this.failing)
      return fail('internal', 'Something went wrong inside Cove. Your saved notes are safe; restart Cove.');
    switch (name) {
      case 'devices.list':
        return ok({
          lost: this.lostDevices,
          devices: DEVICES.slice(0, this.lostDevices === 'unknown' ? 1 : this.tablet ? 3 : 2),
          asking: null,
        });
      case 'backups':
        return ok(this.backups);
      case 'bundles.task':
        return ok(this.bundleTask);
      case 'files.task':
        return ok(this.fileTask);
      case 'storage.task':
        return ok(this.storageTask);
      case 'fileJoins.list':
        return ok([...this.fileJoins]);
      case 'fileJoins.one':
        return ok(this.fileJoins.find(({ fileJoinId }) => fileJoinId === params['fileJoinId']) ?? null);
      case 'app.status':
        return ok(this.status);
      case 'settings':
        return ok(this.settings);
      case 'spaces.meetingPoints':
        return ok(this.namedPoints);
      case 'spaces.contacts':
        return ok(
          [...new Set([...this.spaces.values()].flatMap(({ others }) => others))].map((one) => ({
            ...one,
            verified: one === MIRA,
          })),
        );
      case 'spaces.list':
        return ok([...this.spaces].map(([spaceId, one]) => summary(spaceId, one)));
      case 'invitations.wanting':
        return ok(
          [...this.invitations.values()].filter(
            ({ state, asking, ended }) => asking !== null || state === 'code' || ended?.type === 'locked',
          ),
        );
      case 'invitations.arrivals':
        return ok({
          hosted: [...this.invitations.values()].filter(({ uses }) => uses > 0),
          joined: [...this.joinings.values()].filter(({ state }) => state === 'joined'),
        });
      case 'invitations.underway':
        return ok([...this.joinings.values()]);
      case 'doctor':
        return ok({
          meetingPoints: this.settings.meetingPoints.map(({ url, state, source, error }) => ({
            url,
            state,
            error,
            own: source === 'own',
            proxy: null,
          })),
          lan: {
            ...{ on: true, addresses: ['192.168.7.2:47632'], failed: false },
            ways: { beacon: { heard: 1, failed: false }, mdns: { heard: 0, failed: false } },
          },
          wayOut: { address: 'symmetric', relays: [{ url: 'turn:turn.example:3478', works: false }] },
          devices: [
            {
              ...BEN,
              deviceId: 'e'.repeat(64),
              deviceName: 'Ben’s laptop',
              own: false,
              finding: 'connected',
              link: 'friend',
              carrier: { name: 'Mira', deviceName: 'Mira’s laptop' },
              lastContact: 1,
              clockOff: 0,
            },
            {
              ...MIRA,
              deviceId: 'f'.repeat(64),
              deviceName: '',
              own: false,
              finding: 'no-path',
              link: null,
              carrier: null,
              lastContact: null,
              clockOff: 3_600_000,
            },
          ],
        });
      case 'invitations.link':
        return ok({ waiting: this.link !== null });
      case 'invitations.one':
        return ok(this.invitations.get(params['invitationId'] as string) ?? null);
      case 'invitations.joining':
        return ok(this.joinings.get(params['joiningId'] as string) ?? null);
      default:
        break;
    }
    if (space === undefined) return fail('space-not-found', 'That space is not on this device.');
    switch (name) {
      case 'history.versions':
        return ok(this.versions);
      case 'spaces.members':
        return ok(members(space));
      case 'spaces.presence':
        return ok([]);
      case 'spaces.standing':
        return ok({
          noteId: params['noteId'] ?? null,
          unknown: space.sync.state === 'unknown',
          devices: space.others.map((person) => ({
            deviceId: person.identityId,
            name: person.name,
            deviceName: `${person.name.split(' ')[0]}’s laptop`,
            own: false,
            stalled: false,
            online: person !== MIRA,
            keeper: false,
            holds: person !== MIRA,
          })),
          closing: space.others.length === 0 ? 'alone' : 'safe',
          elsewhere: [],
          setAside: 0,
        });
      case 'invitations.list':
        return ok([...this.invitations.values()].filter((one) => one.spaceId === params['spaceId']));
      case 'notes.list': {
        const rows = rowsOf(space);
        const offset = params['offset'] as number | undefined;
        return ok({
          notes: rows.slice(offset ?? 0, (offset ?? 0) + ((params['limit'] as number | undefined) ?? 200)),
          total: rows.length,
        });
      }
      case 'notes.one':
        return ok(rowsOf(space).find((row) => row.noteId === params['noteId']) ?? null);
      default:
        throw new Error(`The double knows no topic ${name}.`);
    }
  }

  /** One that takes the place of whichever there was. */
  fileJoin(side: FileJoining['side'], changes: Partial<FileJoining>): string {
    const fileJoinId = this.id(32);
    const [invitationId = ''] = this.invitations.keys();
    this.fileJoins = [
      {
        ...{ fileJoinId, side, invitationId, state: 'first', step: null, wrongCode: false, attemptsLeft: 3 },
        ...{ authenticationCode: null, guest: null, codeEnd: CODE.slice(-6), ended: null },
        ...{ spaceId: side === 'host' ? ([...this.spaces.keys()][0] ?? null) : null },
        expiresAt: Date.now() + 80_000_000,
        ...changes,
      },
    ];
    this.changed();
    return fileJoinId;
  }

  readonly #handlers: Record<OperationName, (input: never) => Result<unknown>> = {
    'identity.create': ({ name }: { name: string }) => {
      this.ready();
      if (this.status.state === 'ready') this.status = { ...this.status, me: { ...ADA, name } };
      return nothing;
    },
    'identity.rename': ({ name }: { name: string }) => {
      if (this.status.state === 'ready') this.status = { ...this.status, me: { ...this.status.me, name } };
      return nothing;
    },
    'identity.showPhrase': () => nothing,
    'identity.splitPhrase': () => nothing,
    'identity.verify': () => nothing,
    // As a space's: a device's own differs in what its dialog says.
    'devices.invite': () => this.#handlers['invitations.create']({ spaceId: 'f'.repeat(64) } as never),
    'devices.answer': () => nothing,
    'devices.link': () => ({ ok: true, value: { joiningId: this.id(32) } }),
    'devices.rename': () => nothing,
    'devices.revoke': () => nothing,
    'devices.revokeWithPhrase': () => nothing,
    'storage.read': () => {
      const spaces = [...this.spaces].map(([spaceId, { name, notes }], at) => {
        const saved = this.compacted ? 1_400_000 : 0;
        return { spaceId, name, changes: notes.size * 120, bytes: 4_200_000 / (at + 1) - saved, saved };
      });
      return { ok: true, value: { bytes: spaces.reduce((sum, { bytes }) => sum + bytes, 900_000), spaces } };
    },
    'storage.compact': () => {
      const saved = this.compacted ? 0 : 1_400_000 * this.spaces.size;
      this.compacted = true;
      return { ok: true, value: { saved, shrunk: true } };
    },
    'storage.cancel': () => {
      this.storageTask = null;
      this.changed();
      return nothing;
    },
    'backups.save': () => ({ ok: true, value: { saved: true } }),
    'bundles.save': () => ({ ok: true, value: { bytes: 48_200, changes: 340 } }),
    'bundles.take': () => ({ ok: true, value: this.taken }),
    'bundles.cancel': () => nothing,
    'fileJoins.begin': () => ({ ok: true, value: { fileJoinId: this.fileJoin('guest', { state: 'first', step: 1 }) } }),
    'fileJoins.take': () => ({ ok: true, value: null }),
    'fileJoins.save': () => ({ ok: true, value: { bytes: 412 } }),
    'fileJoins.authenticate': () => nothing,
    'fileJoins.answer': () => nothing,
    'fileJoins.cancel': () => {
      this.fileJoins = [];
      return nothing;
    },
    'fileJoins.saveCode': () => ({ ok: true, value: { saved: true } }),
    'fileJoins.readCode': () => ({ ok: true, value: { code: CODE } }),
    'devices.recover': () => nothing,
    'app.retry': () => nothing,
    'app.recover': () => nothing,
    'app.setAside': () => ({ ok: true, value: null }),
    'app.usePassphrase': () => nothing,
    'app.quit': () => nothing,
    'network.retry': () => nothing,
    'window.new': () => nothing,
    'window.commands': () => nothing,
    'links.open': () => nothing,
    'notes.look': () => nothing,
    'invitations.copy': () => nothing,
    'doctor.copy': () => nothing,
    'spaces.create': ({ name, coOwners = [] }: Input<'spaces.create'>) => {
      const spaceId = this.addSpace(name);
      const space = this.spaces.get(spaceId);
      for (const person of [BEN, MIRA]) {
        if (space === undefined || !coOwners.includes(person.identityId)) continue;
        space.others.push(person);
        space.roles.set(person.identityId, 'owner');
        space.awaited.add(person.identityId);
      }
      return { ok: true, value: { spaceId } };
    },
    'spaces.rename': ({ spaceId, name }: { spaceId: string; name: string }) => {
      const space = this.spaces.get(spaceId);
      if (space !== undefined) space.name = name;
      return nothing;
    },
    'spaces.changeRole': ({ spaceId, identityId, role }: Input<'spaces.changeRole'>) => {
      this.spaces.get(spaceId)?.roles.set(identityId, role);
      return nothing;
    },
    'spaces.removeMember': ({ spaceId, identityId }: Input<'spaces.removeMember'>) => {
      const space = this.spaces.get(spaceId);
      if (space !== undefined) space.others = space.others.filter((person) => person.identityId !== identityId);
      return nothing;
    },
    'spaces.leave': ({ spaceId }: Input<'spaces.leave'>) => {
      this.spaces.delete(spaceId);
      return { ok: true, value: { heard: true } };
    },
    'spaces.deleteCopy': ({ spaceId }: Input<'spaces.deleteCopy'>) => {
      this.spaces.delete(spaceId);
      return nothing;
    },
    'spaces.deleteForEveryone': ({ spaceId }: Input<'spaces.deleteForEveryone'>) => {
      const space = this.spaces.get(spaceId);
      if (space !== undefined) space.ended = { kind: 'deleted', by: ADA.name, unsent: false };
      return nothing;
    },
    'notes.create': ({ spaceId }: { spaceId: string }) => ({
      ok: true,
      value: { noteId: this.addNote(spaceId, '', '') },
    }),
    'notes.rename': ({ spaceId, noteId, title }: { spaceId: string; noteId: string; title: string }) => {
      Object.assign(this.note(spaceId, noteId), { title, updatedAt: Date.now() });
      return nothing;
    },
    'notes.remove': ({ spaceId, noteId }: { spaceId: string; noteId: string }) => {
      this.note(spaceId, noteId).deleted = true;
      return nothing;
    },
    'notes.restore': ({ spaceId, noteId }: { spaceId: string; noteId: string }) => {
      this.note(spaceId, noteId).deleted = false;
      return nothing;
    },
    'notes.search': ({ spaceId, text }: { spaceId: string; text: string }) => ({
      ok: true,
      value: search(this.spaces.get(spaceId), text),
    }),
    'history.note': ({ moment }: Input<'history.note'>) => ({
      ok: true,
      value:
        moment === VERSIONS[0]?.moment
          ? {
              ...{ ...this.past, present: true },
              pieces: this.past.pieces
                .filter(({ kind }) => kind !== 'deleted')
                .map((piece) => ({ ...piece, kind: 'same' })),
            }
          : this.past,
    }),
    'history.restore': () => ({ ok: true, value: { before: '0'.repeat(64), after: '1'.repeat(64) } }),
    'history.undoRestore': () => ({ ok: true, value: { undone: true } }),
    'files.exportSpace': () => ({ ok: true, value: { bytes: 48_211, changes: 1204, lacking: 0 } }),
    'files.chooseArchive': () => ({ ok: true, value: { name: 'Attic.cove-archive' } }),
    'files.importSpace': () =>
      fail(
        'archive-password',
        'This password does not open the archive. Try again; if you are sure of it, the beginning of the file is damaged.',
      ),
    'pictures.add': () => ({ ok: true, value: { fileId: this.id(32) } }),
    'pictures.save': () => nothing,
    'files.saveMarkdown': () => ({ ok: true, value: { notes: 7, lacking: 0 } }),
    'files.takeMarkdown': () => ({
      ok: true,
      value: {
        ...{ notes: 1203, failures: 102 },
        failed: ['Apples.md', 'A picture that somebody gave the ending of a text.markdown'].map((file) => ({
          file,
          message: 'This file is no text in UTF-8.',
        })),
      },
    }),
    'files.saveJson': () => fail('file-not-written', 'The file could not be written there. Choose another folder.'),
    'files.takeJson': () => ({ ok: true, value: { objects: 7 } }),
    'files.cancel': () => nothing,
    'settings.theme': ({ theme }: { theme: Settings['theme'] }) => {
      this.settings = { ...this.settings, theme };
      return nothing;
    },
    'settings.meetingPoints': ({ urls }: { urls: readonly string[] }) => ({ ok: true, value: urls }),
    'settings.useOfSpaces': () => nothing,
    'spaces.nameMeetingPoints': ({ urls }: { urls: readonly string[] }) =>
      urls.some((url) => !url.startsWith('mqtts://'))
        ? fail('meeting-point-not-for-all', 'One of these addresses is not one that everybody can use.')
        : nothing,
    'settings.carry': ({ on }: { on: boolean }) => {
      this.settings = { ...this.settings, carry: { on, fixed: false } };
      return nothing;
    },
    'settings.lan': ({ on }: { on: boolean }) => {
      this.settings = { ...this.settings, lan: { on, fixed: false } };
      return nothing;
    },
    'settings.lanAddresses': ({ urls }: { urls: readonly string[] }) => ({ ok: true, value: urls }),
    'settings.stun': ({ urls }: { urls: readonly string[] }) => ({ ok: true, value: urls }),
    'settings.proxy': ({ proxy }: { proxy: string }) => ({ ok: true, value: proxy }),
    'settings.turn': ({ urls }: { urls: readonly string[] }) => ({ ok: true, value: urls }),
    'invitations.create': ({ spaceId, role = 'editor', hours = 24, multiUse = false }: Input<'invitations.create'>) => {
      const invitationId = this.id(32);
      this.invitations.set(invitationId, {
        invitationId,
        spaceId,
        code: CODE,
        link: `cove://join#${CODE}`,
        role,
        multiUse,
        uses: 0,
        createdAt: Date.now(),
        expiresAt: Date.now() + hours * 3_600_000,
        state: 'waiting',
        authenticationCode: '402917',
        fails: 0,
        joinedName: null,
        maxUses: 1,
        asking: null,
        portTaken: false,
        ended: null,
      });
      return { ok: true, value: { invitationId } };
    },
    'invitations.answer': ({ invitationId, approve }: Input<'invitations.answer'>) => {
      this.invitation(invitationId, approve ? { state: 'joined', asking: null } : { state: 'waiting', asking: null });
      return nothing;
    },
    'invitations.revoke': ({ invitationId }: { invitationId: string }) => {
      this.invitation(invitationId, {
        state: 'ended',
        authenticationCode: null,
        ended: fail('revoked', 'This invitation was withdrawn. Ask for a new one.').error,
      });
      return nothing;
    },
    'invitations.check': ({ text }: { text: string }) =>
      text.includes(CODE)
        ? { ok: true, value: { valid: true, code: CODE, kind: 'space', expiresAt: Date.now() + 80_000_000 } }
        : { ok: true, value: { valid: false, error: fail('code-invalid', WRONG_CODE).error } },
    'invitations.accept': () => {
      const joiningId = this.id(32);
      this.joinings.set(joiningId, {
        joiningId,
        codeEnd: joiningId.slice(-6),
        state: 'locating',
        attemptsLeft: 3,
        wrongCode: false,
        problem: null,
        awaitsApproval: false,
        relayed: false,
        words: null,
        spaceId: null,
        ended: null,
      });
      return { ok: true, value: { joiningId } };
    },
    'invitations.authenticate': ({ joiningId, code }: { joiningId: string; code: string }) => {
      const left = (this.joinings.get(joiningId)?.attemptsLeft ?? 1) - 1;
      if (code === '402917') {
        const spaceId = this.addSpace('Kitchen renovation', 'editor');
        this.joining(joiningId, { state: 'joined', spaceId });
      } else if (left > 0) {
        const problem = fail('wrong-code', 'That code is not right.').error;
        this.joining(joiningId, { attemptsLeft: left, wrongCode: true, problem });
      } else
        this.joining(joiningId, {
          state: 'ended',
          attemptsLeft: 0,
          ended: fail('locked', 'Three wrong codes: someone else may hold this invitation. It is closed for good.')
            .error,
        });
      return nothing;
    },
    'invitations.cancel': ({ joiningId }: { joiningId: string }) => {
      this.joinings.delete(joiningId);
      return nothing;
    },
    'invitations.takeLink': () => {
      const text = this.link;
      this.link = null;
      return { ok: true, value: { text } };
    },
  };

  #serve(note: DoubleNote, port: MessagePort, readOnly: boolean): void {
    note.ports.add(port);
    port.onmessage = ({ data }: MessageEvent<DocumentRequest>) => {
      if (data.type !== 'push') return;
      const pushed = data.updates.map((update) => ({
        changes: ChangeSet.fromJSON(update.changes),
        clientID: update.clientId,
      }));
      this.#accept(note, rebaseUpdates(pushed, note.updates.slice(data.version)));
    };
    const open = textOf(note);
    port.postMessage({
      type: 'opened',
      version: note.updates.length,
      text: open.toString(),
      readOnly,
    } satisfies DocumentEvent);
    port.postMessage({ type: 'cursors', cursors: note.cursors } satisfies DocumentEvent);
  }
  #accept(note: DoubleNote, updates: readonly Update[]): void {
    const version = note.updates.length;
    note.updates.push(...updates);
    note.updatedAt = Date.now();
    this.#send(note, {
      type: 'updates',
      version,
      updates: updates.map(({ changes, clientID }) => ({ changes: changes.toJSON() as unknown, clientId: clientID })),
    });
    this.#send(note, { type: 'saved', version: note.updates.length });
    this.changed();
  }
  #send(note: DoubleNote, event: DocumentEvent): void {
    for (const port of note.ports) port.postMessage(event);
  }
}

const nothing: Result<null> = { ok: true, value: null };

function textOf(note: DoubleNote): Text {
  return note.updates.reduce((text, { changes }) => changes.apply(text), note.start);
}

const INVITED = ['editor', 'reader', 'keeper', 'admin'] as const;

function summary(spaceId: string, space: DoubleSpace): SpaceSummary {
  return {
    spaceId,
    name: space.name,
    role: space.ended === null ? space.role : null,
    ended: space.ended,
    mayInviteAs: { owner: INVITED, admin: INVITED.slice(0, 3), editor: [], reader: [], keeper: [] }[space.role],
    members: space.others.length + 1,
    online: space.others.filter((person) => person !== MIRA),
    sync: space.sync,
  };
}

function members(space: DoubleSpace): readonly MemberRow[] {
  const row = (person: Person, role: SpaceRole, me: boolean, online: boolean): MemberRow => ({
    ...person,
    role,
    me,
    online,
    awaited: space.awaited.has(person.identityId),
    safetyWords: me ? null : ['abandon', 'ability', 'able', 'about', 'above', 'absent'],
    verified: false,
    mayBecome:
      me || role === 'owner' || space.role !== 'owner'
        ? []
        : (['admin', 'editor', 'reader', 'keeper'] as const).filter((it) => it !== role),
    mayRemove: !me && role !== 'owner' && space.role === 'owner',
    devices: [{ deviceId: person.identityId, name: `${person.name.split(' ')[0]}’s laptop`, online }],
  });
  const roleOf = ({ identityId }: Person, index: number) =>
    space.roles.get(identityId) ?? (index === 0 ? 'editor' : 'reader');
  return [
    row(ADA, space.role, true, true),
    ...space.others.map((person, index) => row(person, roleOf(person, index), false, person !== MIRA)),
  ];
}

const sorted = new WeakMap<DoubleSpace, { rows: readonly NoteRow[]; key: string }>();
function rowsOf(space: DoubleSpace): readonly NoteRow[] {
  const key = [...space.notes.values()].map((note) => `${note.updatedAt}${note.title}${note.deleted}`).join();
  const known = sorted.get(space);
  if (known?.key === key) return known.rows;
  const rows = [...space.notes]
    .filter(([, note]) => !note.deleted)
    .map(([noteId, note]) => ({
      noteId,
      title: note.title,
      snippet: textOf(note)
        .toString()
        .replaceAll(/[#*_`>[\]|-]/g, '')
        .replaceAll(/\s+/g, ' ')
        .trim()
        .slice(0, 160),
      updatedAt: note.updatedAt,
      updatedBy: ADA.name,
    }))
    .sort((a, b) => b.updatedAt - a.updatedAt);
  sorted.set(space, { rows, key });
  return rows;
}

function search(space: DoubleSpace | undefined, text: string) {
  const words = text.toLowerCase();
  return rowsOf(space ?? ({ notes: new Map() } as DoubleSpace)).flatMap((row) => {
    const body = `${row.title}. ${textOf(space!.notes.get(row.noteId)!).toString()}`;
    const at = body.toLowerCase().indexOf(words);
    if (at < 0) return [];
    const end = at + words.length;
    return [
      {
        noteId: row.noteId,
        title: row.title,
        excerpt: [
          { text: (at > 40 ? '…' : '') + body.slice(Math.max(0, at - 40), at), hit: false },
          { text: body.slice(at, end), hit: true },
          { text: body.slice(end, end + 90), hit: false },
        ],
      },
    ];
  });
}
