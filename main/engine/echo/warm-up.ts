/**
 * Goes the way of a keystroke some dozens of times on nothing that is kept: from a window's push through the document,
 * the sealed and signed entry and its checks on receipt to another window. In a process that has just started the
 * first keystroke after a pause otherwise waits while this code is compiled, which took several times as long as
 * running it.
 */
import { ChangeSet } from '@codemirror/state';
import * as Y from 'yjs';
import { sha256 } from '../crypto/hash.ts';
import { signKeyPair } from '../crypto/sign.ts';
import type { Cancel, Clock } from '../ports.ts';
import { createDocuments } from './document.ts';
import type { DocumentHost } from './document-host.ts';
import { ENTRY_KIND, NO_PREV, hasPayload, isSigned, openPayload, readHeader, sealPayload, signEntry } from './entry.ts';
import type { Header } from './entry.ts';
import { NO_TEXT } from './history-index.ts';
import { decodeItems, encodeItems } from './items.ts';
import type { DocumentAuthority } from './object-types.ts';
import { editOf, itemsOf } from './packing.ts';
import { checkUpdate } from './text-check.ts';
import { REMOTE, newDocument } from './text.ts';
import type { TextStore } from './text.ts';

/** Enough for the compiler to have seen everything; more gained nothing. */
const ROUNDS = 40;
/** A round takes about a millisecond: the window that opens meanwhile does not notice. */
const BETWEEN_MS = 15;
const OBJECT = '0'.repeat(32);
const CLIENT = 1;
const FIELD = 'text';

/** Starts a second from now; `libsodium` has to be ready. */
export function warmUp(clock: Clock): Cancel {
  let cancel: Cancel;
  let round: (() => void) | undefined;
  let left = ROUNDS;
  const next = (ms: number): void => {
    cancel = clock.after(ms, () => {
      round ??= prepare();
      round();
      if (--left > 0) next(BETWEEN_MS);
    });
  };
  next(1_000);
  return () => cancel();
}

function prepare(): () => void {
  const [space, logId, key] = [new Uint8Array(32), new Uint8Array(16).fill(1), new Uint8Array(32)];
  const keys = signKeyPair(key);
  let last: Header | undefined;
  const [here, there] = [scratch(send), scratch(() => undefined)];

  function send(update: Uint8Array): void {
    const [seq, prev] = [(last?.seq ?? 0) + 1, last?.hash ?? NO_PREV];
    const place = { space, logId, seq, prev, keyId: NO_PREV.slice(16) };
    const items = encodeItems(itemsOf([editOf(OBJECT, null, update)]));
    const payload = sealPayload(key, key.slice(8), place, items) as Uint8Array;
    const fields = { kind: ENTRY_KIND.data, wall: 0, deps: [], ...place };
    const digest = { payloadLength: payload.length, payloadHash: sha256(payload) };
    last = signEntry({ ...fields, ...digest }, space, keys.sk);
    receive(last.bytes, payload);
  }

  function receive(bytes: Uint8Array, payload: Uint8Array): void {
    const header = readHeader(bytes) as Header;
    if (!hasPayload(header, payload) || !isSigned(header, space, keys.pk)) throw new Error('a warm-up failed');
    const items = decodeItems(openPayload(key, { space, ...header }, payload) as Uint8Array);
    const update = items?.[0]?.[2] as Uint8Array;
    checkUpdate(update, CLIENT, () => there.document.text().length);
    there.bring(update);
  }

  return () => {
    const { length } = here.document.text();
    const changes: unknown = ChangeSet.of({ from: length, insert: 'x' }, length).toJSON();
    here.document.push(here.document.version, [{ changes, clientId: 'warm-up' }]);
  };
}

/** A document in memory, open in one window. */
function scratch(save: (update: Uint8Array) => void): { document: DocumentAuthority; bring(update: Uint8Array): void } {
  const brought: Uint8Array[] = [];
  const texts: TextStore = {
    add: () => ({ ...NO_TEXT, items: [] }),
    has: () => true,
    load: () => ({ doc: newDocument(), at: 0 }),
    catchUp(_object, doc, at) {
      doc.transact(() => {
        for (const update of brought.slice(at)) Y.applyUpdate(doc, update, REMOTE);
      }, REMOTE);
      return brought.length;
    },
    checkpoint: () => undefined,
    folded: () => undefined,
    clear: () => undefined,
    undone: () => undefined,
  };
  const host: DocumentHost = {
    space: 0,
    clientId: () => CLIENT,
    assertWriter: () => undefined,
    rowOf: () => 0,
    pendingTexts: () => [],
    renew: () => undefined,
    save: (_objectId, updates) => updates.forEach(save),
    settle: () => undefined,
  };
  // Its time stands apart by frames, so that every push is committed at once.
  let time = 0;
  const clock: Clock = { now: () => 0, monotonic: () => (time += 1_000), after: () => () => undefined };
  const documents = createDocuments(texts, clock, () => undefined);
  const document = documents.open(host, 0, OBJECT, FIELD);
  document.subscribe(() => undefined);
  return {
    document,
    bring(update) {
      brought.push(update);
      documents.drain(0);
    },
  };
}
