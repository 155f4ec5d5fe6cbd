/** Inputs that once broke a decoder, base64, by its name: every run tries them first. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const CORPUS = join(import.meta.dirname, 'corpus.json');

export type Corpus = Readonly<Record<string, readonly string[]>>;

export function readCorpus(file = CORPUS): Corpus {
  return JSON.parse(readFileSync(file, 'utf8')) as Corpus;
}

export function known(corpus: Corpus, name: string): Uint8Array[] {
  return (corpus[name] ?? []).map((one) => Uint8Array.from(Buffer.from(one, 'base64')));
}

/** Adds an input, once. */
export function keep(name: string, input: string, file = CORPUS): void {
  const corpus = readCorpus(file);
  const kept = [...new Set([...(corpus[name] ?? []), input])];
  writeFileSync(file, `${JSON.stringify({ ...corpus, [name]: kept }, undefined, 2)}\n`);
}
