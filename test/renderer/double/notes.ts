/** The notes of the double's spaces: lists, search and history. */
import type { Text } from '@codemirror/state';
import type { Update } from '@codemirror/collab';
import type {
  Input,
  NoteRow,
  NoteVersions,
  PastNote,
  RemoteCursor,
  TopicParams,
} from '../../../preload/contract/index.ts';
import type { HostDouble } from '../host-double.ts';
import { ADA, BEN, MIRA } from './people.ts';
import { inSpace, nothing, type Operations, type Topics } from './room.ts';
import type { DoubleSpace } from './spaces.ts';

export interface DoubleNote {
  title: string;
  updatedAt: number;
  deleted: boolean;
  updates: Update[];
  start: Text;
  ports: Set<MessagePort>;
  cursors: RemoteCursor[];
}

export const VERSIONS: NoteVersions['versions'] = (
  [
    [ADA, 0.1, 7, 0],
    [BEN, 1, 45, 21],
    [ADA, 26, 1203, 4],
    [{ ...MIRA, name: '' }, 30, 21, 0],
    [ADA, 24 * 400, 0, 0],
  ] as const
).map(([by, hours, inserted, deleted], i, all) => ({
  ...{ moment: `${i}a`.repeat(24), first: `${i}b`.repeat(24), at: Date.now() - hours * 3_600_000 },
  ...{ by: { ...by, me: by === ADA }, inserted, deleted, made: i === all.length - 1 },
}));

export const PAST: PastNote = {
  ...{ title: 'Garden plan', titleNow: 'Garden plan', deleted: false, complete: true, present: false },
  people: [
    { ...ADA, me: true },
    { ...BEN, me: false },
    { ...MIRA, name: '', me: false },
  ],
  pieces: [
    { kind: 'same', text: 'A plan for the year, roughly in order.\n\nSow the ', by: 0 },
    { kind: 'deleted', text: 'runner beans in April', by: 2 },
    { kind: 'inserted', text: 'broad beans in March, and the peas after them', by: 1 },
    { kind: 'same', text: '.\nTurn the compost', by: 0 },
    { kind: 'inserted', text: ', twice', by: 0 },
    { kind: 'same', text: '.\n', by: 0 },
  ],
};

export const notes = (double: HostDouble) => ({
  operations: {
    'notes.look': () => nothing,
    'pictures.add': () => ({ ok: true, value: { fileId: double.id(32), cameraData: 'none' } }),
    'pictures.save': () => nothing,
    'notes.create': ({ spaceId }: { spaceId: string }) => ({
      ok: true,
      value: { noteId: double.addNote(spaceId, '', '') },
    }),
    'notes.rename': ({ spaceId, noteId, title }: { spaceId: string; noteId: string; title: string }) => {
      Object.assign(double.note(spaceId, noteId), { title, updatedAt: Date.now() });
      return nothing;
    },
    'notes.remove': ({ spaceId, noteId }: { spaceId: string; noteId: string }) => {
      double.note(spaceId, noteId).deleted = true;
      return nothing;
    },
    'notes.restore': ({ spaceId, noteId }: { spaceId: string; noteId: string }) => {
      double.note(spaceId, noteId).deleted = false;
      return nothing;
    },
    'notes.search': ({ spaceId, text }: { spaceId: string; text: string }) => ({
      ok: true,
      value: search(double.spaces.get(spaceId), text),
    }),
    'history.note': ({ moment }: Input<'history.note'>) => ({
      ok: true,
      value:
        moment === VERSIONS[0]?.moment
          ? {
              ...{ ...double.past, present: true },
              pieces: double.past.pieces
                .filter(({ kind }) => kind !== 'deleted')
                .map((piece) => ({ ...piece, kind: 'same' })),
            }
          : double.past,
    }),
    'history.restore': () => ({ ok: true, value: { before: '0'.repeat(64), after: '1'.repeat(64) } }),
    'history.undoRestore': () => ({ ok: true, value: { undone: true } }),
  } satisfies Operations,
  topics: {
    'history.versions': inSpace(double, () => double.versions),
    'notes.list': inSpace(double, (space, { offset = 0, limit = 200 }: TopicParams<'notes.list'>) => {
      const rows = rowsOf(space);
      return { notes: rows.slice(offset, offset + limit), total: rows.length };
    }),
    'notes.one': inSpace(
      double,
      (space, { noteId }: TopicParams<'notes.one'>) => rowsOf(space).find((row) => row.noteId === noteId) ?? null,
    ),
    // What the server of these pages answers for it.
    'pictures.one': () => ({
      ok: true,
      value: { name: 'Cove.png', size: { width: 1280, height: 800 }, state: 'here', waits: null, part: 1 } as const,
    }),
  } satisfies Topics,
});

export function textOf(note: DoubleNote): Text {
  return note.updates.reduce((text, { changes }) => changes.apply(text), note.start);
}

const sorted = new WeakMap<DoubleSpace, { rows: readonly NoteRow[]; key: string }>();
function rowsOf(space: DoubleSpace): readonly NoteRow[] {
  const key = [...space.notes.values()].map((note) => `${note.updatedAt}${note.title}${note.deleted}`).join();
  const known = sorted.get(space);
  if (known?.key === key) return known.rows;
  const rows = [...space.notes]
    .filter(([, note]) => !note.deleted)
    .map(([noteId, note]) => ({
      noteId,
      title: note.title,
      snippet: textOf(note)
        .toString()
        .replaceAll(/[#*_`>[\]|-]/g, '')
        .replaceAll(/\s+/g, ' ')
        .trim()
        .slice(0, 160),
      updatedAt: note.updatedAt,
      updatedBy: ADA.name,
    }))
    .sort((a, b) => b.updatedAt - a.updatedAt);
  sorted.set(space, { rows, key });
  return rows;
}

function search(space: DoubleSpace | undefined, text: string) {
  const words = text.toLowerCase();
  return rowsOf(space ?? ({ notes: new Map() } as DoubleSpace)).flatMap((row) => {
    const body = `${row.title}. ${textOf(space!.notes.get(row.noteId)!).toString()}`;
    const at = body.toLowerCase().indexOf(words);
    if (at < 0) return [];
    const end = at + words.length;
    return [
      {
        noteId: row.noteId,
        title: row.title,
        excerpt: [
          { text: (at > 40 ? '…' : '') + body.slice(Math.max(0, at - 40), at), hit: false },
          { text: body.slice(at, end), hit: true },
          { text: body.slice(end, end + 90), hit: false },
        ],
      },
    ];
  });
}
