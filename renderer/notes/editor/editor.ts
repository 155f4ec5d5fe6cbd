/** One note's editor: CodeMirror with everything in this folder, on a line to the engine. */
import { history } from '@codemirror/commands';
import { markdown, markdownLanguage } from '@codemirror/lang-markdown';
import { openSearchPanel } from '@codemirror/search';
import { Compartment, EditorState, Transaction } from '@codemirror/state';
import { EditorView, drawSelection, placeholder } from '@codemirror/view';
import type { DocumentEvent, Host } from '../../../preload/contract/index.ts';
import { messages } from '../../messages/index.ts';
import { appearance } from './appearance.ts';
import { CollabClient } from './collab-client.ts';
import { connect } from './connection.ts';
import { remoteCursors, showCursors } from './cursors.ts';
import { finding } from './find-panel.ts';
import { keys } from './keys.ts';
import { languages } from './languages.ts';
import { lineDirection } from './line-direction.ts';
import { links } from './links.ts';
import { livePreview } from './live-preview.ts';
import { longParagraphs } from './long-paragraphs.ts';
import { Parted } from './parted.ts';
import { addingPictures, addPicture, picturesOf, type Pictures } from './pictures.ts';
import { tables } from './tables.ts';
import { UndoRedo } from './undo-redo.ts';
import { wholeCharacters } from './whole-characters.ts';

export interface EditorEvents {
  /** The text is shown. */
  opened(): void;
  /** Whether all that was typed is durable on this device. */
  saved(saved: boolean): void;
  /** A sentence why the text cannot be edited, '' for none worth a sentence; null when it can. */
  readOnly(message: string | null): void;
  connected(connected: boolean): void;
  /** The address of a link that was clicked: to be asked about. */
  link(address: string): void;
  /** A paste that the contract does not take. */
  tooLarge(): void;
  /** What was typed last was refused, why, and is gone from the text. */
  takenBack(message: string): void;
}

/** Characters of one paste. */
const MOST_INSERTED = 1_000_000;
/** The same as JSON, where an empty line has three and a control character six: well below the contract's LONGEST_PUSH. */
const LONGEST_INSERTED = 3_000_000;
/** A note that was closed waits so long for what was typed in it to be accepted. */
const PARTING_MS = 30_000;

export interface OpenEditor {
  focus(): void;
  find(): void;
  /** Where the caret is. */
  addPicture(file: File): void;
  close(): void;
}

export function openEditor(
  place: HTMLElement,
  host: Host,
  spaceId: string,
  noteId: string,
  pictures: Pictures,
  events: EditorEvents,
): OpenEditor {
  // Without a page there are no frames.
  const nextFrame = (run: () => void) => (gone ? queueMicrotask(run) : requestAnimationFrame(run));
  const client = new CollabClient(crypto.randomUUID(), nextFrame);
  const steps = new UndoRedo((kind) => client.revert(kind));
  const access = new Compartment();
  let view: EditorView | null = null;
  let gone = false;
  let refusal = '';
  const connection = connect(host, spaceId, noteId, {
    event: receive,
    lost() {
      client.disconnect();
      if (gone) return;
      view?.dispatch({ effects: showCursors.of([]) });
      events.connected(false);
    },
  });

  function receive(event: DocumentEvent): void {
    if (gone) return finish(event);
    switch (event.type) {
      case 'opened':
        if (view === null) view = create(event);
        else if (!client.resume(event, connection)) events.takenBack(refusal);
        setReadOnly(event.readOnly ? '' : null);
        events.connected(true);
        events.opened();
        break;
      case 'updates':
        if (!client.receive(event)) connection.reopen();
        break;
      case 'saved':
        client.savedVersion = Math.max(client.savedVersion, event.version);
        break;
      case 'reverted':
        reverted(event);
        break;
      case 'cursors':
        view?.dispatch({ effects: showCursors.of(event.cursors) });
        break;
      case 'readOnly':
        setReadOnly(event.message);
        break;
      case 'refused':
        refusal = event.message;
        client.refused();
        break;
      case 'closed':
        break;
    }
    events.saved(client.saved);
  }
  /** As CodeMirror's own undo does: the caret goes to where it was done. */
  function reverted({ kind, done }: Extract<DocumentEvent, { type: 'reverted' }>): void {
    if (view === null) return;
    if (done && client.lastChange !== null) {
      view.dispatch({ selection: { anchor: client.lastChange }, scrollIntoView: true });
    }
    steps.answered(kind, done, view);
  }
  /** After the note was closed: until the last of what was typed is accepted. */
  function finish(event: DocumentEvent): void {
    if (event.type === 'opened' && !client.resume(event, connection)) events.takenBack(refusal);
    if (event.type === 'updates' && !client.receive(event)) connection.reopen();
    if (event.type === 'refused') client.refused();
    if (client.accepted) connection.close();
  }
  function setReadOnly(message: string | null): void {
    view?.dispatch({ effects: access.reconfigure(accessOf(message !== null)) });
    events.readOnly(message);
  }
  function create(opened: Extract<DocumentEvent, { type: 'opened' }>): EditorView {
    const state = EditorState.create({
      doc: opened.text,
      extensions: [
        client.extension(opened),
        access.of(accessOf(opened.readOnly)),
        steps.extension(),
        history(),
        keys(events.link, steps),
        markdown({ base: markdownLanguage, codeLanguages: [...languages], extensions: longParagraphs }),
        appearance(),
        livePreview(),
        tables(events.link),
        lineDirection(),
        links(events.link),
        picturesOf.of(pictures),
        addingPictures(),
        remoteCursors(),
        drawSelection(),
        finding(),
        placeholder(messages.notes.placeholder),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': messages.notes.textField, spellcheck: 'true' }),
        EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''),
        EditorState.transactionFilter.of(refuseTooLarge),
        wholeCharacters,
        EditorView.updateListener.of((update) => {
          const own = update.transactions.filter((transaction) => transaction.annotation(Transaction.remote) !== true);
          for (const transaction of own) steps.changed(transaction);
          if (own.length > 0) client.changed({ text: update.docChanged, selection: update.selectionSet });
          if (update.docChanged) events.saved(client.saved);
        }),
        EditorView.domEventHandlers({ blur: () => client.blurred() }),
      ],
    });
    const made = new EditorView({ state, parent: place });
    client.attach(made, connection);
    return made;
  }
  function refuseTooLarge(transaction: Transaction) {
    if (!transaction.docChanged || transaction.annotation(Transaction.remote) === true) return transaction;
    let inserted = 0;
    transaction.changes.iterChanges((_fromA, _toA, fromB, toB) => (inserted += toB - fromB));
    const longest = inserted * 6 > LONGEST_INSERTED ? JSON.stringify(transaction.changes.toJSON()).length : 0;
    if (inserted <= MOST_INSERTED && longest <= LONGEST_INSERTED) return transaction;
    events.tooLarge();
    return [];
  }

  const hurry = () => client.last();
  // What is sent as the page goes may go with it; what is sent before it is asked to go arrives.
  addEventListener('beforeunload', hurry);
  return {
    focus: () => view?.focus(),
    find() {
      if (view !== null) openSearchPanel(view);
    },
    addPicture(file) {
      if (view !== null) void addPicture(view, file);
    },
    close() {
      gone = true;
      removeEventListener('beforeunload', hurry);
      if (view === null || client.accepted) connection.close();
      else {
        setTimeout(() => connection.close(), PARTING_MS);
        client.leave(new Parted(view.state));
      }
      view?.destroy();
    },
  };
}

/** Reading needs the caret and the keyboard too, so a read-only text can still be focused. */
function accessOf(readOnly: boolean) {
  return [EditorState.readOnly.of(readOnly), EditorView.contentAttributes.of({ 'aria-readonly': String(readOnly) })];
}
