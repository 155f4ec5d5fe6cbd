/** A computer whose profile is on a small disk of its own: a file system in memory that only its Cove sees (Linux). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apart } from '../ports/small-disks.ts';
import type { Computer } from './computer.ts';
import type { Cove, LaunchOptions } from './cove.ts';

/** Cove on such a disk of so many megabytes. It begins empty at each start. */
export function onSmallDisk({ dataDir }: Computer, megabytes: number): LaunchOptions {
  const electron = process.env['COVE_ELECTRON'] ?? '';
  mkdirSync(dataDir, { recursive: true });
  const script = join(dataDir, '..', 'on-small-disk');
  const inside = `mount -t tmpfs -o size=${megabytes}m tmpfs '${dataDir}' && exec '${electron}' "$@"`;
  writeFileSync(
    script,
    `#!/bin/sh\nexec unshare ${apart().join(' ')} sh -c '${inside.replaceAll("'", `'\\''`)}' sh "$@"\n`,
    {
      mode: 0o755,
    },
  );
  return { executable: script };
}

/** Leaves no room on the disk, as another program would; the function frees it again. */
export async function fill({ app }: Cove, { dataDir }: Computer): Promise<() => Promise<void>> {
  const file = join(dataDir, 'of-another-program');
  await app.evaluate((_, path) => {
    const { appendFileSync } = process.getBuiltinModule('node:fs');
    for (const size of [1 << 20, 1 << 12, 1]) {
      try {
        for (;;) appendFileSync(path, new Uint8Array(size));
      } catch {
        // No room for as much as that.
      }
    }
  }, file);
  return () => app.evaluate((_, path) => process.getBuiltinModule('node:fs').rmSync(path), file);
}
