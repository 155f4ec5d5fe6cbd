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
import { tables } from './tables.ts';

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
}

/** The contract bounds one update at 2 MiB; half of that leaves room for its frame and for other scripts' bytes. */
const MOST_INSERTED = 1_000_000;

export interface OpenEditor {
  focus(): void;
  find(): void;
  close(): void;
}

export function openEditor(
  place: HTMLElement,
  host: Host,
  spaceId: string,
  noteId: string,
  events: EditorEvents,
): OpenEditor {
  const client = new CollabClient(crypto.randomUUID(), (run) => requestAnimationFrame(run));
  const access = new Compartment();
  let view: EditorView | null = null;
  const connection = connect(host, spaceId, noteId, {
    event: receive,
    lost() {
      client.disconnect();
      view?.dispatch({ effects: showCursors.of([]) });
      events.connected(false);
    },
  });

  function receive(event: DocumentEvent): void {
    switch (event.type) {
      case 'opened':
        if (view === null) view = create(event);
        else client.resume(event, connection);
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
      case 'cursors':
        view?.dispatch({ effects: showCursors.of(event.cursors) });
        break;
      case 'readOnly':
        setReadOnly(event.message);
        break;
      case 'closed':
        break;
    }
    events.saved(client.saved);
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
        history(),
        keys(events.link),
        markdown({ base: markdownLanguage, codeLanguages: [...languages], extensions: longParagraphs }),
        appearance(),
        livePreview(),
        tables(events.link),
        lineDirection(),
        links(events.link),
        remoteCursors(),
        drawSelection(),
        finding(),
        placeholder(messages.notes.placeholder),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': messages.notes.textField, spellcheck: 'true' }),
        EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''),
        EditorState.transactionFilter.of(refuseTooLarge),
        EditorView.updateListener.of((update) => {
          const own = update.transactions.some((transaction) => transaction.annotation(Transaction.remote) !== true);
          if (own) client.changed({ text: update.docChanged, selection: update.selectionSet });
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
    if (inserted <= MOST_INSERTED) return transaction;
    events.tooLarge();
    return [];
  }

  return {
    focus: () => view?.focus(),
    find() {
      if (view !== null) openSearchPanel(view);
    },
    close() {
      connection.close();
      view?.destroy();
    },
  };
}

/** Reading needs the caret and the keyboard too, so a read-only text can still be focused. */
function accessOf(readOnly: boolean) {
  return [EditorState.readOnly.of(readOnly), EditorView.contentAttributes.of({ 'aria-readonly': String(readOnly) })];
}
