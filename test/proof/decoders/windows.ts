/** Rows of table.ts for what comes from a window, or from a file on this computer. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Preferences } from '../../../main/bridge/preferences.ts';
import { answer } from '../../../main/bridge/router.ts';
import { takeJson } from '../../../main/client/files/take-json.ts';
import type { Handlers } from '../../../main/bridge/router.ts';
import { toHex } from '../../../main/engine/bytes.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import { documentRequest } from '../../../preload/contract/document.ts';
import { operations } from '../../../preload/contract/index.ts';
import { phraseAnswers, splitting } from '../../../preload/contract/phrase.ts';
import { input } from '../../vectors/input.ts';
import { json, refusal, SHARE, value } from './row.ts';
import type { Decoder } from './trial.ts';

export function ofWindows(): Decoder[] {
  let reached = false;
  const handler = () => void (reached = true);
  const nothing = Object.fromEntries(Object.keys(operations).map((name) => [name, handler])) as unknown as Handlers;
  const call = answer(nothing);
  const [space, note] = [toHex(input('space')), toHex(input('note', 16))];
  const caller = { contents: undefined as never };
  return [
    {
      name: 'request of a window',
      valid: json(
        { name: 'spaces.create', input: { name: 'Garden' } },
        { name: 'notes.rename', input: { spaceId: space, noteId: note, title: 'Plums' } },
        { name: 'notes.search', input: { spaceId: space, text: 'plum', limit: 5 } },
        { name: 'invitations.create', input: { spaceId: space, role: 'editor' } },
      ),
      // It answers with a promise that never rejects: a rejection ends the run as an error outside of any test. What is
      // taken reaches its handler before the first wait.
      read(bytes) {
        reached = false;
        void call(value(bytes), caller);
        return reached;
      },
    },
    {
      name: 'request for a document',
      valid: json(
        { type: 'push', version: 3, updates: [{ changes: [4, [2, 'ab'], 3], clientId: 'w1' }] },
        { type: 'cursor', anchor: 3, head: 4, version: 9 },
        { type: 'blur' },
      ),
      read: (bytes) => documentRequest.safeParse(value(bytes)).success,
    },
    {
      name: 'answers of the phrase window',
      valid: json([0, 4, 11].map((index) => ({ index, word: 'abandon' }))),
      read: (bytes) => phraseAnswers.safeParse(value(bytes)).success,
    },
    {
      name: 'splitting in the phrase window',
      valid: json(
        { threshold: 2, shares: 3, phrase: null },
        { threshold: 2, shares: 3, phrase: { shares: [SHARE] } },
        { threshold: 2, shares: 3, phrase: { words: Array.from({ length: 12 }, () => 'abandon') } },
      ),
      read: (bytes) => splitting.safeParse(value(bytes)).success,
    },
  ];
}

export function ofFiles(folder: string): Decoder[] {
  const settings = join(folder, 'preferences.json');
  const saved = join(folder, 'saved.json');
  const ids = [toHex(input('one', 16)), toHex(input('two', 16))] as const;
  return [
    {
      // What passes is made by the engine, which judges values as it does a window's.
      name: 'JSON that a person takes in',
      valid: json({
        cove: 1,
        objects: [
          { id: ids[0], fields: { type: 'note', title: 'Plums' }, texts: { body: 'in the cellar' } },
          { id: ids[1], fields: { type: 'task', of: [{ $ref: ids[0] }], done: false, weight: 1.5, more: { a: null } } },
        ],
      }),
      refuses: refusal(CoveError),
      async read(bytes) {
        writeFileSync(saved, bytes);
        await takeJson(NOWHERE, saved, {});
        return true;
      },
    },
    {
      name: 'settings file',
      valid: json({ theme: 'dark', meetingPoints: ['mqtts://meet.example'], meetingPointPort: 1883 }),
      read: (bytes) => {
        writeFileSync(settings, bytes);
        return new Preferences(settings).values.theme === 'dark';
      },
    },
  ];
}

/** Makes nothing of what it is told to make. */
const NOWHERE = {
  batch: (fn: () => void) => fn(),
  create: () => toHex(input('made', 16)),
  update: () => undefined,
  remove: () => undefined,
  flush: () => undefined,
} as unknown as Parameters<typeof takeJson>[0];
