/** How much room spaces take on this device, and keeping old changes in less of it. */
import type { Command } from 'commander';
import type { Space } from '../../client/index.ts';
import { CommandError } from '../command-error.ts';
import { commonOf } from '../common.ts';
import { spaceNamed, titleOf, watched, withIdentity } from '../session.ts';
import { note, say } from '../terminal.ts';

const DAY_MS = 24 * 3_600_000;

interface Options {
  readonly compact?: boolean;
  readonly days?: string;
}

export function storageCommand(program: Command): void {
  program
    .command('storage')
    .description('how much room spaces take on this device; old changes in less of it')
    .argument('[space]', 'name or key (default: every space)')
    .option('--compact', 'keep old changes in a smaller form, from which each is made again as it was')
    .option('--days <n>', 'with --compact: what has been here for so long (default: 30)')
    .action((wanted: string | undefined, { compact = false, days }: Options, command: Command) =>
      withIdentity(commonOf(command), async (session) => {
        if (days !== undefined && !(compact && /^\d{1,6}$/.test(days))) {
          throw new CommandError('--days takes a number of days, 0 or more, and goes with --compact.');
        }
        const { echo } = session.client;
        const one = wanted === undefined ? undefined : spaceNamed(session, wanted);
        if (compact) {
          const olderThan = days === undefined ? {} : { olderThanMs: Number(days) * DAY_MS };
          const { payloads, saved, shrunk } = await (one ?? echo).compact({ ...olderThan, ...watched(session) });
          note(`${payloads} more changes are in packs and take ${size(saved)} less.`);
          if (!shrunk) note('The database was not rewritten, for want of room: later changes use what was saved.');
        }
        for (const space of one ? [one] : echo.querySpaces().value) say(line(space));
        if (wanted === undefined) say(`database  ${size(echo.storage().bytes)}`);
      }),
    );
}

function line(space: Space): string {
  const { entries, headers, payloads, packs, packed } = space.storage();
  const less = packed === 0 ? '' : `, ${size(packed - packs)} less than they were`;
  const { bytes, quota } = space.blobs.usage;
  const files = `files ${size(bytes)} of ${size(quota)}`;
  return `${titleOf(space)}  ${entries} changes  ${size(headers + payloads + packs)}${less}  ${files}`;
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
