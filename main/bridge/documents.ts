/**
 * Document ports: one MessagePort per open note, between a window's editor and the engine's authority for
 * that text. The port lives as long as the page that asked for it. See preload/contract/document.ts.
 */
import { MessageChannelMain, type IpcMain, type MessagePortMain, type WebContents } from 'electron';
import { z } from 'zod';
import { CHANNELS } from '../../preload/channels.ts';
import {
  documentRequest,
  LONGEST_PUSH,
  type DocumentEvent,
  type DocumentRequest,
  type RemoteCursor,
} from '../../preload/contract/document.ts';
import { id16, id32 } from '../../preload/contract/operation.ts';
import { CoveError, type DocumentAuthority, type ErrorType, type Space } from '../client/index.ts';
import type { AppState } from './app-state.ts';
import { failure } from './failure.ts';
import { person } from './person.ts';
import type { IsTrusted } from './router.ts';
import type { ShowingWindows } from './showing.ts';

const request = z.strictObject({
  request: z.string().min(1).max(64),
  spaceId: id32,
  objectId: id16,
  // The one text that notes have; their other fields are no documents.
  field: z.literal('body'),
});
const MOST_PORTS_PER_WINDOW = 32;
/** A page that is gone has sent its last typing already; its ports close by themselves once that has arrived. */
const LAST_WORDS_MS = 2_000;

export interface Documents {
  /** When the ports of all pages that are gone have closed, or two seconds later. */
  settled(): Promise<void>;
}

export function serveDocuments(
  ipc: IpcMain,
  isTrusted: IsTrusted,
  { state, showing }: { readonly state: AppState; readonly showing: ShowingWindows },
): Documents {
  const open = new Map<number, Set<OpenDocument>>();
  const leaving = new Set<Promise<void>>();
  ipc.on(CHANNELS.document, (event, message: unknown) => {
    const parsed = request.safeParse(message);
    if (!isTrusted(event) || !parsed.success) return;
    const contents = event.sender;
    const own = open.get(contents.id) ?? track(contents);
    if (own.size >= MOST_PORTS_PER_WINDOW) return;
    const { port1, port2 } = new MessageChannelMain();
    contents.postMessage(CHANNELS.document, { request: parsed.data.request }, [port2]);
    const document = new OpenDocument(port1, contents.id, showing);
    own.add(document);
    void document.closed.then(() => own.delete(document));
    document.start(() => state.client.echo.getSpace(parsed.data.spaceId), parsed.data.objectId, parsed.data.field);
  });

  function track(contents: WebContents): Set<OpenDocument> {
    const own = new Set<OpenDocument>();
    const id = contents.id;
    open.set(id, own);
    const closeAll = () => {
      const documents = [...own];
      const timer = setTimeout(() => {
        for (const document of documents) document.close();
      }, LAST_WORDS_MS);
      const left = Promise.all(documents.map(({ closed }) => closed)).then(() => {
        clearTimeout(timer);
        leaving.delete(left);
      });
      leaving.add(left);
    };
    contents.once('destroyed', () => {
      closeAll();
      open.delete(id);
      showing.closed(id);
    });
    contents.on('did-start-navigation', (details) => {
      if (details.isMainFrame && !details.isSameDocument) closeAll();
    });
    return own;
  }

  return { settled: async () => void (await Promise.all(leaving)) };
}

class OpenDocument {
  readonly #port: MessagePortMain;
  readonly #window: number;
  readonly #showing: ShowingWindows;
  readonly #stops: (() => void)[] = [];
  #closed = false;
  #lastReadOnly: string | null = null;
  /** Why what was typed could not be stored yet. */
  #unsaved: string | null = null;
  readonly closed: Promise<void>;
  #tellClosed: () => void = () => undefined;

  constructor(port: MessagePortMain, window: number, showing: ShowingWindows) {
    this.#port = port;
    this.#window = window;
    this.#showing = showing;
    this.closed = new Promise((resolve) => (this.#tellClosed = resolve));
  }

  start(find: () => Space, objectId: string, field: string): void {
    this.#port.on('close', () => this.close());
    try {
      const space = find();
      const object = space.objects.get(objectId);
      if (object === undefined || object.deleted) throw new CoveError('object-not-found');
      const document = space.objects.document(objectId, field);
      this.#stops.push(
        () => document.close(),
        document.subscribe((change) => {
          if (change.type !== 'unsaved') this.#send(change);
          if (change.type === 'updates') this.#sendCursors(space, document);
          else this.#setUnsaved(space, objectId, change.type === 'unsaved' ? change.error.message : null);
        }),
        space.presence.onChange(() => this.#sendCursors(space, document)),
        space.onChange(() => this.#sendPermission(space, objectId)),
        space.objects.onChange((changed) => {
          if (changed.has(objectId)) this.#sendPermission(space, objectId);
        }),
      );
      this.#port.on('message', ({ data }: { data: unknown }) => this.#receive(space, document, data));
      this.#send({
        type: 'opened',
        version: document.version,
        text: document.text(),
        readOnly: refusal(space, objectId) !== undefined,
      });
      this.#sendPermission(space, objectId);
      this.#sendCursors(space, document);
      this.#port.start();
    } catch (error) {
      this.#port.start();
      this.close(failure(error).message);
    }
  }

  close(message?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    if (message !== undefined) this.#port.postMessage({ type: 'closed', message } satisfies DocumentEvent);
    for (const stop of this.#stops.reverse()) stop();
    this.#port.close();
    this.#tellClosed();
  }

  #receive(space: Space, document: DocumentAuthority, data: unknown): void {
    try {
      const parsed = documentRequest.safeParse(data);
      if (!parsed.success) throw new CoveError('bad-request');
      this.#act(space, document, parsed.data);
    } catch (error) {
      const { type, message } = failure(error);
      // What the window typed is still in the window: it may go on once the cause is gone.
      if (type === 'not-permitted') return this.#send({ type: 'readOnly', message });
      if (type === 'bad-request' || type === 'too-large') this.#send({ type: 'refused', message });
      this.close(message);
    }
  }

  #act(space: Space, document: DocumentAuthority, asked: DocumentRequest): void {
    switch (asked.type) {
      case 'push': {
        if (JSON.stringify(asked.updates).length > LONGEST_PUSH) throw new CoveError('too-large');
        // Accepted or rebased, the outcome reaches the window as updates, in the order that counts.
        document.push(asked.version, asked.updates, { kind: asked.kind });
        return;
      }
      case 'undo':
      case 'redo': {
        const done = space.objects.steps[asked.type](document.objectId, 'texts');
        this.#send({ type: 'reverted', kind: asked.type, done });
        return;
      }
      case 'cursor': {
        const place = (position: number) => Buffer.from(document.anchor(position, asked.version)).toString('base64');
        this.#showing.cursor(this.#window, space.key, document.objectId, {
          field: document.field,
          anchor: place(asked.anchor),
          head: place(asked.head),
        });
        return;
      }
      case 'blur':
        this.#showing.cursor(this.#window, space.key, document.objectId, undefined);
    }
  }

  #sendCursors(space: Space, document: DocumentAuthority): void {
    const members = new Map(space.members.map((member) => [member.identityId, member]));
    const cursors: RemoteCursor[] = [];
    for (const { deviceId, identityId, objectId, cursor } of space.presence.others) {
      const member = members.get(identityId);
      if (objectId !== document.objectId || cursor?.field !== document.field || member === undefined) continue;
      const anchor = document.position(Buffer.from(cursor.anchor, 'base64'));
      const head = document.position(Buffer.from(cursor.head, 'base64'));
      if (anchor === undefined || head === undefined) continue;
      cursors.push({ ...person(identityId, member.name, member.avatar), deviceId, anchor, head });
    }
    this.#send({ type: 'cursors', cursors });
  }

  /** A window takes no more typing than it has until that is stored. */
  #setUnsaved(space: Space, objectId: string, message: string | null): void {
    if (message === this.#unsaved) return;
    this.#unsaved = message;
    this.#sendPermission(space, objectId);
  }

  #sendPermission(space: Space, objectId: string): void {
    const reason = refusal(space, objectId);
    const message = reason === undefined ? this.#unsaved : new CoveError(reason).message;
    if (message === this.#lastReadOnly) return;
    this.#lastReadOnly = message;
    this.#send({ type: 'readOnly', message });
  }

  #send(event: DocumentEvent): void {
    if (!this.#closed) this.#port.postMessage(event);
  }
}

const ENDED = {
  removed: 'removed',
  left: 'removed',
  void: 'removed',
  deleted: 'space-deleted',
  orphaned: 'orphaned',
} as const;

/** Why a note's text cannot be changed here; undefined when it can. */
function refusal(space: Space, objectId: string): ErrorType | undefined {
  const object = space.objects.get(objectId);
  if (object === undefined || object.deleted) return 'object-not-found';
  if (space.ending !== undefined) return ENDED[space.ending.kind];
  if (space.role === 'reader' || space.role === 'keeper') return 'reading';
  return space.role === undefined ? 'not-permitted' : undefined;
}
