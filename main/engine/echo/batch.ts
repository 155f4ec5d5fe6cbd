/**
 * What a batch has written so far. Nothing of it is stored before it is settled, so what throws takes it all back, and
 * whoever reads within the batch lays it over what is stored. Of texts it keeps changes of what is shown: a Yjs document
 * could not go back.
 */
import { Text } from '@codemirror/state';
import type { ChangeSet } from '@codemirror/state';
import * as Y from 'yjs';
import type { Hex } from '../bytes.ts';
import { assertFits, changeOf, composed, splicesOf } from './change-sets.ts';
import type { TextEdit, Updates } from './document-together.ts';
import type { DocumentAuthority, MakeSplices } from './object-types.ts';
import { editOf, withoutTakenBack } from './packing.ts';
import type { Edit } from './packing.ts';
import { TEXT_ROOT } from './text-check.ts';
import { textFields } from './text-runs.ts';
import { newDocument, writeText } from './text.ts';

export interface BatchOptions {
  /** Opens a text of an object that is stored. */
  readonly open: (objectId: Hex, field: string) => DocumentAuthority;
  readonly clientId: () => number;
  /** Changes open texts in one go with what `store` makes durable, for all of which it gets the updates. */
  readonly write: (edits: readonly TextEdit[], store: (updates: Updates) => void) => void;
  readonly store: (edits: readonly Edit[]) => void;
}

/** A place in a batch to which it can go back. */
export interface Mark {
  readonly settled: number;
  readonly edits: number;
  readonly changes: number;
}

/** A text that the batch may have changed. */
interface BatchText {
  readonly objectId: Hex;
  readonly field: string;
  /** undefined: of an object that the batch has made. */
  readonly document: DocumentAuthority | undefined;
  /** Of the document, when the batch began to change it. */
  readonly version: number;
  readonly changes: { readonly change: ChangeSet; readonly before: Text }[];
  text: Text;
}

/** What is still to be stored. */
interface Content {
  readonly edits: Edit[];
  readonly byObject: Map<Hex, Edit[]>;
  /** By object and field. */
  readonly texts: Map<Hex, Map<string, BatchText>>;
  /** A text for each of its changes, in order. */
  readonly changed: BatchText[];
}

const nothing = (): Content => ({ edits: [], byObject: new Map(), texts: new Map(), changed: [] });

export class Batch {
  readonly #options: BatchOptions;
  #content = nothing();
  #settled = 0;

  constructor(options: BatchOptions) {
    this.#options = options;
  }

  /** Whether nothing is still to be stored. */
  get isEmpty(): boolean {
    return this.#content.edits.length === 0 && this.#content.changed.length === 0;
  }

  add(edits: readonly Edit[]): void {
    for (const edit of edits) {
      this.#content.edits.push(edit);
      const known = this.#content.byObject.get(edit.objectId);
      if (known === undefined) this.#content.byObject.set(edit.objectId, [edit]);
      else known.push(edit);
    }
  }

  /** Whether anything of the object is still to be stored. */
  has(objectId: Hex): boolean {
    return this.#content.byObject.has(objectId) || this.#textsOf(objectId).length > 0;
  }

  /** Without changes of texts, but with those that an object was made with. */
  editsOf(objectId: Hex): readonly Edit[] {
    return this.#content.byObject.get(objectId) ?? [];
  }

  /** The present content of a text that the batch has changed or made; undefined for others. */
  text(objectId: Hex, field: string): string | undefined {
    const one = this.#content.texts.get(objectId)?.get(field);
    if (one !== undefined && one.changes.length > 0) return one.text.toString();
    return this.#made(objectId, (doc) => (textFields(doc).includes(field) ? plain(doc, field) : undefined));
  }

  /** All of those of an object, by field. */
  texts(objectId: Hex): Readonly<Record<string, string>> {
    const made = this.#made(objectId, (doc) => textFields(doc).map((field) => [field, plain(doc, field)] as const));
    const changed = this.#textsOf(objectId).map(({ field, text }) => [field, text.toString()] as const);
    return Object.fromEntries([...(made ?? []), ...changed]);
  }

  /**
   * Makes replacements in a text, of an object that is `stored` or was made here. Throws CoveError('bad-request') for
   * one that cuts a character.
   */
  change(objectId: Hex, field: string, stored: boolean, make: MakeSplices): void {
    const { texts, changed } = this.#content;
    const ofObject = texts.get(objectId) ?? new Map<string, BatchText>();
    const one = ofObject.get(field) ?? this.#begin(objectId, field, stored);
    texts.set(objectId, ofObject.set(field, one));
    const [before, change] = [one.text, changeOf(make(one.text.toString()), one.text.length)];
    if (change.empty) return;
    assertFits(before, true, change);
    one.changes.push({ change, before });
    one.text = change.apply(before);
    changed.push(one);
  }

  mark(): Mark {
    return { settled: this.#settled, edits: this.#content.edits.length, changes: this.#content.changed.length };
  }

  /** Takes back what was written since, as far as it is not stored. */
  undoTo(mark: Mark): void {
    const { edits, byObject, changed } = this.#content;
    const left = mark.settled === this.#settled ? mark : { edits: 0, changes: 0 };
    while (edits.length > left.edits) {
      const { objectId } = edits.pop() as Edit;
      const ofObject = byObject.get(objectId) as Edit[];
      ofObject.pop();
      if (ofObject.length === 0) byObject.delete(objectId);
    }
    while (changed.length > left.changes) {
      const one = changed.pop() as BatchText;
      one.text = (one.changes.pop() as BatchText['changes'][number]).before;
    }
  }

  /** Stores all that was written, and forgets it, also where that fails. Throws what storing throws. */
  settle(): void {
    if (this.isEmpty) return;
    const content = this.#content;
    this.#content = nothing(); // whoever hears of a text may write again
    this.#settled++;
    const texts = [...content.texts.values()].flatMap((fields) => [...fields.values()].filter(isChanged));
    const open = texts.flatMap(({ objectId, field, document, version, changes }): TextEdit[] =>
      document === undefined ? [] : [{ objectId, field, version, changes: whole(changes) }],
    );
    try {
      const made = updatesOfMade(content, this.#options.clientId);
      const store = (updates: Updates): void =>
        this.#options.store(withTexts(withoutTakenBack(content.edits), new Map([...made, ...updates])));
      if (open.length === 0) store(new Map());
      else this.#options.write(open, store);
    } finally {
      letGo(content);
    }
  }

  /** Forgets what is not stored, and lets go of the documents. */
  close(): void {
    letGo(this.#content);
    this.#content = nothing();
  }

  #textsOf(objectId: Hex): BatchText[] {
    return [...(this.#content.texts.get(objectId)?.values() ?? [])].filter(isChanged);
  }

  #begin(objectId: Hex, field: string, stored: boolean): BatchText {
    const document = stored ? this.#options.open(objectId, field) : undefined;
    const start = document?.text() ?? this.#made(objectId, (doc) => plain(doc, field)) ?? '';
    const text = Text.of(start.split('\n'));
    return { objectId, field, document, version: document?.version ?? 0, changes: [], text };
  }

  /** The texts with which the batch has made an object; undefined: none. */
  #made<T>(objectId: Hex, use: (doc: Y.Doc) => T): T | undefined {
    const edits = this.editsOf(objectId);
    return edits.some(({ text }) => text !== null) ? withMade(edits, use) : undefined;
  }
}

function letGo({ texts }: Content): void {
  for (const fields of texts.values()) for (const { document } of fields.values()) document?.close();
}

function withMade<T>(edits: readonly Edit[], use: (doc: Y.Doc) => T): T {
  const doc = newDocument();
  for (const { text } of edits) if (text !== null) Y.applyUpdate(doc, text);
  const result = use(doc);
  doc.destroy();
  return result;
}

/** Of objects that the batch has made: nobody else has their documents. */
function updatesOfMade({ texts, byObject }: Content, clientId: () => number): Updates {
  const updates = new Map<Hex, readonly Uint8Array[]>();
  for (const [objectId, fields] of texts) {
    const changed = [...fields.values()].filter((one) => one.document === undefined && isChanged(one));
    if (changed.length === 0) continue;
    const write = (doc: Y.Doc): Uint8Array[] =>
      changed.flatMap(({ field, changes }) => writeText(doc, field, clientId(), splicesOf(whole(changes))));
    updates.set(objectId, withMade(byObject.get(objectId) ?? [], write));
  }
  return updates;
}

const plain = (doc: Y.Doc, field: string): string => doc.getText(TEXT_ROOT + field).toString();

const isChanged = ({ changes }: BatchText): boolean => changes.length > 0;

const whole = (changes: BatchText['changes']): ChangeSet => composed(changes.map(({ change }) => change)) as ChangeSet;

/** Texts beside what else was written of their object: in a batch of several entries they belong into one with it. */
function withTexts(edits: readonly Edit[], updates: Updates): readonly Edit[] {
  if (updates.size === 0) return edits;
  const ofTexts = (objectId: Hex): Edit[] =>
    // Operations, if none: the entry is a step of its own, which typing does not go on with (step-stacks.ts).
    (updates.get(objectId) ?? []).map((text) => editOf(objectId, {}, text));
  const last = new Map(edits.map(({ objectId }, i) => [objectId, i]));
  const beside = edits.flatMap((edit, i) =>
    last.get(edit.objectId) === i ? [edit, ...ofTexts(edit.objectId)] : [edit],
  );
  return [...beside, ...[...updates.keys()].filter((objectId) => !last.has(objectId)).flatMap(ofTexts)];
}
