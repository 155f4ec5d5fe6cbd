/** The line between a note of the double and the editors that have it open. */
import { rebaseUpdates, type Update } from '@codemirror/collab';
import { ChangeSet } from '@codemirror/state';
import type { DocumentEvent, DocumentRequest } from '../../../preload/contract/index.ts';
import type { HostDouble } from '../host-double.ts';
import { textOf, type DoubleNote } from './notes.ts';

export function serve(double: HostDouble, note: DoubleNote, port: MessagePort, readOnly: boolean): void {
  note.ports.add(port);
  port.onmessage = ({ data }: MessageEvent<DocumentRequest>) => {
    if (data.type !== 'push') return;
    const pushed = data.updates.map((update) => ({
      changes: ChangeSet.fromJSON(update.changes),
      clientID: update.clientId,
    }));
    accept(double, note, rebaseUpdates(pushed, note.updates.slice(data.version)));
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

/** Takes in what was typed, by whomever, and tells every editor. */
export function accept(double: HostDouble, note: DoubleNote, updates: readonly Update[]): void {
  const version = note.updates.length;
  note.updates.push(...updates);
  note.updatedAt = Date.now();
  send(note, {
    type: 'updates',
    version,
    updates: updates.map(({ changes, clientID }) => ({ changes: changes.toJSON() as unknown, clientId: clientID })),
  });
  send(note, { type: 'saved', version: note.updates.length });
  double.changed();
}

export function send(note: DoubleNote, event: DocumentEvent): void {
  for (const port of note.ports) port.postMessage(event);
}

/** Breaks the line, as a restarted engine would. */
export function hangUp(note: DoubleNote): void {
  for (const port of note.ports) {
    port.postMessage({ type: 'closed', message: 'Cove is closing.' } satisfies DocumentEvent);
    port.close();
  }
  note.ports.clear();
  note.start = textOf(note);
  note.updates = [];
}
