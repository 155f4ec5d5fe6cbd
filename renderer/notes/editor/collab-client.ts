/**
 * The window's half of the editing protocol (preload/contract/document.ts). What one types is shown at once
 * and pushed once per frame; what the engine accepts comes back in order and is applied without moving the
 * caret. One push is under way at a time; a push that lost the race is rebased here and sent again, and the
 * engine recognises by `clientId` what it has already taken.
 */
import { collab, getSyncedVersion, receiveUpdates, sendableUpdates } from '@codemirror/collab';
import {
  ChangeSet,
  Compartment,
  Transaction,
  type EditorSelection,
  type EditorState,
  Text,
  type Extension,
  type TransactionSpec,
} from '@codemirror/state';
import type { DocumentEvent, DocumentRequest } from '../../../preload/contract/document.ts';
import { replaceBetween } from './difference.ts';
import { kindOf, type Kind } from './undo-redo.ts';

/** What is needed of an EditorView, so that the protocol can be tested without a page. */
export interface Editor {
  readonly state: EditorState;
  dispatch(transaction: Transaction | TransactionSpec): void;
}
export interface Line {
  post(request: DocumentRequest): void;
}
type Opened = Extract<DocumentEvent, { type: 'opened' }>;
type Push = Extract<DocumentRequest, { type: 'push' }>;
type Updates = Extract<DocumentEvent, { type: 'updates' }>;

/** The contract takes 500 updates per push, the host so many UTF-16 units of them; the rest follows with the next one. */
const MOST_UPDATES = 500;
const LONGEST_PUSH = 3_500_000;
/** Once a push may be refused for a slip of this window's; put anew on top of the text it is another one. */
const MOST_REFUSALS = 1;

export class CollabClient {
  readonly clientId: string;
  /** The version that is durable on this device. */
  savedVersion = 0;
  /** The end of what came last from elsewhere, in the text as it is then. */
  lastChange: number | null = null;
  /** The version that took the last of what was typed here. Others' updates are durable before they come. */
  #ownVersion = 0;
  #editor: Editor | null = null;
  #line: Line | null = null;
  /** How many updates are in the push under way. */
  #pushing = 0;
  #refusals = 0;
  #frame = false;
  #cursorMoved = false;
  #resuming = false;
  /** The text at the synced version: what is shown, without what is not accepted yet. */
  #agreed: Text = Text.empty;
  readonly #compartment = new Compartment();
  readonly #nextFrame: (run: () => void) => void;

  constructor(clientId: string, nextFrame: (run: () => void) => void) {
    this.clientId = clientId;
    this.#nextFrame = nextFrame;
  }

  /** Goes into the state that the editor starts with; `opened` is the engine's first message. */
  extension(opened: Opened): Extension {
    this.savedVersion = opened.version;
    this.#ownVersion = opened.version;
    this.#agreed = Text.of(opened.text.split('\n'));
    return this.#compartment.of(this.#collab(opened.version));
  }
  attach(editor: Editor, line: Line): void {
    this.#editor = editor;
    this.#line = line;
    this.#pushing = 0;
  }
  disconnect(): void {
    this.#line = null;
    this.#pushing = 0;
  }
  /** The text is shown no more: what of it is not accepted yet goes on without a page. */
  leave(editor: Editor): void {
    this.#editor = editor;
    this.#send();
  }

  /** True when all that was typed here is accepted. */
  get accepted(): boolean {
    const state = this.#editor?.state;
    if (state === undefined) return true;
    return !this.#resuming && sendableUpdates(state).length === 0;
  }
  /** True when it is durable too. */
  get saved(): boolean {
    return this.accepted && this.savedVersion >= this.#ownVersion;
  }

  /** Call after every change of the text or the selection that did not come from here. */
  changed(what: { readonly text: boolean; readonly selection: boolean }): void {
    // A resumed line's own steps are no typing; `resume` schedules what is left to send.
    if (this.#resuming) return;
    if (what.selection || what.text) this.#cursorMoved = true;
    if (what.text || what.selection) this.#schedule();
  }
  blurred(): void {
    this.#cursorMoved = false;
    this.#line?.post({ type: 'blur' });
  }

  /** Answers false when updates are missing: the line must be opened anew. */
  receive(event: Updates): boolean {
    const editor = this.#editor;
    if (editor === null) return false;
    const known = getSyncedVersion(editor.state) - event.version;
    if (known < 0) return false;
    const fresh = event.updates.slice(known);
    this.#pushing = 0;
    const updates = fresh.map(({ changes, clientId }) => ({
      changes: ChangeSet.fromJSON(changes),
      clientID: clientId,
    }));
    const own = updates.findLastIndex(({ clientID }) => clientID === this.clientId);
    if (own >= 0) {
      this.#refusals = 0;
      this.#ownVersion = getSyncedVersion(editor.state) + own + 1;
    }
    if (updates.length > 0) editor.dispatch(receiveUpdates(editor.state, updates));
    for (const { changes } of updates) this.#agreed = changes.apply(this.#agreed);
    this.#noteLast(updates.filter(({ clientID }) => clientID !== this.clientId).at(-1)?.changes);
    this.#schedule();
    return true;
  }

  /** Asks the engine to undo, or to redo: after all that was typed here. */
  revert(kind: Kind): void {
    this.last();
    this.#line?.post({ type: kind });
  }

  /** The push under way was not taken for what it is. */
  refused(): void {
    this.#refusals++;
  }

  /** The page goes away: all goes out now. What follows a push under way counts on that one being accepted. */
  last(): void {
    const state = this.#editor?.state;
    if (state === undefined || this.#line === null) return;
    for (;;) {
      const updates = sendableUpdates(state).slice(this.#pushing, this.#pushing + MOST_UPDATES);
      if (updates.length === 0) return;
      this.#pushing += this.#push(getSyncedVersion(state) + this.#pushing, updates);
    }
  }

  /**
   * A new line to the same note, after the old one broke. The engine may have restarted, so its versions may
   * have started anew: the text is what counts. Typing that it has not taken is put on top of its text.
   * Answers false when it was refused twice and is given up.
   */
  resume(opened: Opened, line: Line): boolean {
    const editor = this.#editor;
    if (editor === null) return true;
    const gaveUp = this.#refusals > MOST_REFUSALS;
    if (gaveUp) this.#refusals = 0;
    const mine = gaveUp ? [] : sendableUpdates(editor.state).map((update) => update.changes);
    const theirs = editor.state.toText(opened.text);
    const { target, pending } = rebase(this.#agreed, mine, theirs);
    const selection = mapSelection(editor.state, target);
    const quiet = [Transaction.addToHistory.of(false), Transaction.remote.of(true)];
    this.#resuming = true;
    editor.dispatch({ effects: this.#compartment.reconfigure([]) });
    editor.dispatch({ changes: replaceBetween(editor.state.doc, theirs), annotations: quiet });
    editor.dispatch({ effects: this.#compartment.reconfigure(this.#collab(opened.version)) });
    editor.dispatch({
      ...(pending === null ? {} : { changes: pending }),
      selection,
      annotations: [Transaction.addToHistory.of(false)],
    });
    this.#resuming = false;
    this.savedVersion = opened.version;
    this.#ownVersion = opened.version;
    this.#agreed = theirs;
    this.attach(editor, line);
    this.#cursorMoved = true;
    this.#schedule();
    return !gaveUp;
  }

  #noteLast(changes: ChangeSet | undefined): void {
    changes?.iterChangedRanges((_fromA, _toA, _fromB, toB) => (this.lastChange = toB));
  }
  #collab(startVersion: number): Extension {
    return collab({ startVersion, clientID: this.clientId });
  }
  #schedule(): void {
    if (this.#frame) return;
    this.#frame = true;
    this.#nextFrame(() => {
      this.#frame = false;
      this.#send();
    });
  }
  #send(): void {
    const state = this.#editor?.state;
    if (state === undefined || this.#line === null || this.#pushing > 0) return;
    const version = getSyncedVersion(state);
    const updates = sendableUpdates(state).slice(0, MOST_UPDATES);
    if (updates.length > 0) {
      this.#pushing = this.#push(version, updates);
    } else if (this.#cursorMoved) {
      // A cursor is a place in an agreed text, so it waits until what was typed here is in it.
      this.#cursorMoved = false;
      const { anchor, head } = state.selection.main;
      this.#line.post({ type: 'cursor', anchor, head, version });
    }
  }
  /** Answers how many of the updates went: as many of one kind as one push may carry, and one at least. */
  #push(version: number, waiting: ReturnType<typeof sendableUpdates>): number {
    const updates: Push['updates'] = [];
    let length = 0;
    const kind = waiting[0] && kindOf(waiting[0].origin);
    for (const { changes, clientID, origin } of waiting) {
      const json = changes.toJSON() as Push['updates'][number]['changes'];
      length += JSON.stringify(json).length;
      if (updates.length > 0 && (length > LONGEST_PUSH || kindOf(origin) !== kind)) break;
      updates.push({ changes: json, clientId: clientID });
    }
    this.#line?.post({ type: 'push', version, updates, ...(kind && { kind }) });
    return updates.length;
  }
}

/** Puts `mine` (on `base`) on top of `theirs`: what of it is already there is left out. */
function rebase(base: Text, mine: readonly ChangeSet[], theirs: Text): { target: Text; pending: ChangeSet | null } {
  for (let taken = mine.length; taken >= 0; taken--) {
    const prefix = mine.slice(0, taken).reduce((text, changes) => changes.apply(text), base);
    if (!prefix.eq(theirs)) continue;
    const pending = composed(mine.slice(taken));
    return { target: pending === null ? theirs : pending.apply(theirs), pending };
  }
  const all = composed(mine);
  if (all === null) return { target: theirs, pending: null };
  const pending = all.map(replaceBetween(base, theirs));
  return { target: pending.apply(theirs), pending };
}

function composed(changes: readonly ChangeSet[]): ChangeSet | null {
  return changes.length === 0 ? null : changes.reduce((all, one) => all.compose(one));
}

function mapSelection(state: EditorState, target: Text): EditorSelection {
  const changes = replaceBetween(state.doc, target);
  return state.selection.map(changes);
}
