/** Files that the double writes and takes in: bundles, archives, Markdown, JSON; and what a space takes of the disk. */
import type { TakenBundle } from '../../../preload/contract/index.ts';
import type { HostDouble } from '../host-double.ts';
import { fail, nothing, ok, type Operations, type Topics } from './room.ts';

export const TAKEN: TakenBundle = {
  changes: 12,
  from: { name: 'Ben Okafor', deviceName: 'laptop', own: false },
  spaces: ['Garden'],
  unknownSpaces: 1,
  incomplete: ['Garden'],
};

export const files = (double: HostDouble) => ({
  operations: {
    'storage.read': () => {
      const spaces = [...double.spaces].map(([spaceId, { name, notes }], at) => {
        const saved = double.compacted ? 1_400_000 : 0;
        const sizes = { bytes: 4_200_000 / (at + 1) - saved, saved, files: at === 0 ? 31_000_000 : 0 };
        return { spaceId, name, changes: notes.size * 120, ...sizes, filesMost: 4 * 1024 ** 3 };
      });
      const bytes = spaces.reduce((sum, one) => sum + one.bytes, 900_000);
      return { ok: true, value: { bytes, files: 31_000_000, filesMost: 16 * 1024 ** 3, spaces } };
    },
    'storage.compact': () => {
      const saved = double.compacted ? 0 : 1_400_000 * double.spaces.size;
      double.compacted = true;
      return { ok: true, value: { saved, shrunk: true } };
    },
    'storage.cancel': () => {
      double.storageTask = null;
      double.changed();
      return nothing;
    },
    'bundles.save': () => ({ ok: true, value: { bytes: 48_200, changes: 340 } }),
    'bundles.take': () => ({ ok: true, value: double.taken }),
    'bundles.cancel': () => nothing,
    'files.exportSpace': () => ({ ok: true, value: { bytes: 48_211, changes: 1204, lacking: 0 } }),
    'files.chooseArchive': () => ({ ok: true, value: { name: 'Attic.cove-archive' } }),
    'files.importSpace': () =>
      fail(
        'archive-password',
        'This password does not open the archive. Try again; if you are sure of it, the beginning of the file is damaged.',
      ),
    'files.saveMarkdown': () => ({ ok: true, value: { notes: 7, lacking: 0 } }),
    'files.takeMarkdown': () => ({
      ok: true,
      value: {
        ...{ notes: 1203, failures: 102 },
        failed: ['Apples.md', 'A picture that somebody gave the ending of a text.markdown'].map((file) => ({
          file,
          message: 'This file is no text in UTF-8.',
        })),
      },
    }),
    'files.saveJson': () => fail('file-not-written', 'The file could not be written there. Choose another folder.'),
    'files.takeJson': () => ({ ok: true, value: { objects: 7 } }),
    'files.cancel': () => nothing,
  } satisfies Operations,
  topics: {
    'bundles.task': () => ok(double.bundleTask),
    'files.task': () => ok(double.fileTask),
    'storage.task': () => ok(double.storageTask),
  } satisfies Topics,
});
