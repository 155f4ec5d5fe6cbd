/** Out of a space and into it, as files for other programs. */
import type { Command } from 'commander';
import { extname } from 'node:path';
import { commonOf } from '../common.ts';
import { CommandError } from '../command-error.ts';
import { spaceNamed, withIdentity, type Session } from '../session.ts';
import { note } from '../terminal.ts';

export function fileCommands(program: Command): void {
  program
    .command('export')
    .description('notes as a folder of Markdown files, or everything as one JSON file')
    .argument('<space>', 'name or key')
    .argument('<place>', 'a file that ends in .json, or a folder that is new or empty')
    .action((wanted: string, place: string, _options: unknown, command: Command) =>
      withIdentity(commonOf(command), async (session) => {
        const { files } = spaceNamed(session, wanted);
        const isJson = extname(place).toLowerCase() === '.json';
        const { objects } = await (isJson
          ? files.saveJson(place, watched(session))
          : files.saveMarkdown(place, watched(session)));
        note(`${counted(objects, isJson ? 'object' : 'note')} saved.`);
      }),
    );
  program
    .command('import')
    .description('Markdown files, folders of them, or a JSON file of “cove export”')
    .argument('<space>', 'name or key')
    .argument('<places...>', 'files and folders')
    .action((wanted: string, places: readonly string[], _options: unknown, command: Command) =>
      withIdentity(commonOf(command), async (session) => {
        const { files } = spaceNamed(session, wanted);
        const [first = '', ...more] = places;
        const isJson = extname(first).toLowerCase() === '.json';
        if (isJson && more.length > 0) throw new CommandError('Take in one JSON file at a time.');
        const { objects, failed } = await (isJson
          ? files.takeJson(first, watched(session))
          : files.takeMarkdown(places, watched(session)));
        for (const { file, message } of failed) note(`${file}: ${message}`);
        note(`${counted(objects, isJson ? 'object' : 'note')} made.`);
        if (failed.length > 0) throw new CommandError(`Not taken in: ${counted(failed.length, 'file')}.`);
      }),
    );
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** How far it is, where somebody sees it; Ctrl+C ends it. */
function watched({ signal }: Session) {
  if (process.stderr.isTTY !== true) return { signal };
  const onProgress = (share: number): void =>
    void process.stderr.write(`\r${Math.floor(share * 100)} %${share >= 1 ? '\n' : ''}`);
  return { signal, onProgress };
}
