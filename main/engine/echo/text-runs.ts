/**
 * Texts with all that was deleted, in the order of their characters: of a document, or as they were when it was folded
 * into its checkpoint. A past text is read from the latter several times as fast as a document is built.
 */
import { decode, encode } from 'cborg';
import * as Y from 'yjs';
import { utf8 } from '../bytes.ts';
import { TEXT_ROOT } from './text-check.ts';

/** Characters of one client that follow each other, by their clocks and in the text. */
export interface Run {
  readonly client: number;
  /** Of the first one. */
  readonly clock: number;
  readonly text: string;
}

/** A run that is deleted in the document as it is now, or not, as a whole. */
export interface Piece extends Run {
  readonly deleted: boolean;
}

/** How many characters each client wrote. */
export type Clocks = ReadonlyMap<number, number>;

export interface Texts {
  readonly fields: readonly string[];
  /** All that was ever written in a field and is here. */
  runs(field: string): Iterable<Run>;
}

export interface FoldedTexts extends Texts {
  /** Whether they have so many characters of each client. */
  reach(clocks: Clocks): boolean;
}

/**
 * `clocks` has how many characters a client wrote, in the order of `clients`; `runs` has u32 triples, little endian; `field`
 * and `text` are UTF-8 of as many units as they have: a text of CBOR would be read without the U+FEFF that it begins with.
 */
type Encoded = readonly [
  clients: readonly number[],
  clocks: readonly number[],
  fields: readonly (readonly [field: Uint8Array, runs: Uint8Array, text: Uint8Array])[],
];
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** Of a run: the place of its client in `clients`, its clock, its length. */
const RUN_BYTES = 12;

/** Names of the document's text fields. */
export const textFields = (doc: Y.Doc): string[] =>
  [...doc.share.keys()].filter((name) => name.startsWith(TEXT_ROOT)).map((name) => name.slice(TEXT_ROOT.length));

export const textsOf = (doc: Y.Doc): Texts => ({ fields: textFields(doc), runs: (field) => piecesOf(doc, field) });

export function* piecesOf(doc: Y.Doc, field: string): IterableIterator<Piece> {
  for (let item = doc.getText(TEXT_ROOT + field)._start; item !== null; item = item.right) {
    if (!(item.content instanceof Y.ContentString)) continue;
    const { id, content, deleted } = item;
    yield { client: id.client, clock: id.clock, text: content.str, deleted };
  }
}

/** CBOR of `Encoded`. */
export function foldTexts(doc: Y.Doc): Uint8Array {
  const clients = [...doc.store.clients.keys()];
  const clocks = clients.map((client) => Y.getState(doc.store, client));
  const places = new Map(clients.map((client, place) => [client, place]));
  const fields = textFields(doc).map((field) => {
    const [words, text]: [number[], string[]] = [[], []];
    let [last, end] = [-1, -1]; // the client of the run before, and the clock after it
    for (const run of piecesOf(doc, field)) {
      text.push(run.text);
      if (run.client === last && run.clock === end) words.push((words.pop() as number) + run.text.length);
      else words.push(places.get(run.client) as number, run.clock, run.text.length);
      [last, end] = [run.client, run.clock + run.text.length];
    }
    const runs = new DataView(new ArrayBuffer(words.length * 4));
    words.forEach((word, i) => runs.setUint32(i * 4, word, true));
    return [utf8(field), new Uint8Array(runs.buffer), utf8(text.join(''))] as const;
  });
  return encode([clients, clocks, fields] satisfies Encoded);
}

export function unfoldTexts(bytes: Uint8Array): FoldedTexts {
  const [clients, clocks, fields] = decode(bytes) as Encoded;
  const reached = new Map(clients.map((client, place) => [client, clocks[place] as number]));
  const byField = new Map(fields.map(([field, runs, text]) => [decoder.decode(field), { runs, text }]));
  return {
    fields: [...byField.keys()],
    reach: (asked) => [...asked].every(([client, clock]) => clock <= (reached.get(client) ?? 0)),
    *runs(field) {
      const found = byField.get(field);
      if (found === undefined) return;
      const text = decoder.decode(found.text);
      const view = new DataView(found.runs.buffer, found.runs.byteOffset, found.runs.length);
      let from = 0;
      for (let at = 0; at < view.byteLength; at += RUN_BYTES) {
        const to = from + view.getUint32(at + 8, true);
        const client = clients[view.getUint32(at, true)] as number;
        yield { client, clock: view.getUint32(at + 4, true), text: text.slice(from, to) };
        from = to;
      }
    },
  };
}
