/** Out of a space and into it, as files for other programs; a whole space as an archive, and back. */
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { commonOf } from '../common.ts';
import { CommandError } from '../command-error.ts';
import { shown } from '../../bridge/shown.ts';
import { firstLine, spaceNamed, watched, withIdentity, type Session } from '../session.ts';
import type { Archive } from '../../client/index.ts';
import { note, say } from '../terminal.ts';

export function fileCommands(program: Command): void {
  program
    .command('export')
    .description('notes as a folder of Markdown files, or everything as one JSON file')
    .argument('<space>', 'name or key')
    .argument('<place>', 'a file that ends in .json, or a folder that is new or empty')
    .option(...OVERWRITE)
    .action((wanted: string, place: string, { overwrite }: Overwriting, command: Command) =>
      withIdentity(commonOf(command), async (session) => {
        const { files } = spaceNamed(session, wanted);
        const isJson = extname(place).toLowerCase() === '.json';
        if (isJson) keepWhatIsThere(place, overwrite);
        const { objects, lacking } = await (isJson
          ? files.saveJson(place, watched(session))
          : files.saveMarkdown(place, watched(session)));
        note(`${counted(objects, isJson ? 'object' : 'note')} saved.`);
        tellOfFiles(
          { blobs: 0, blobsLacking: lacking },
          isJson ? 'in it: “cove archive” takes them along' : 'on this device',
        );
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
        for (const { file, message } of failed) note(`${file.replace(/\s/g, ' ')}: ${message}`);
        note(`${counted(objects, isJson ? 'object' : 'note')} made.`);
        if (failed.length > 0) throw new CommandError(`Not taken in: ${counted(failed.length, 'file')}.`);
      }),
    );
}

/** A whole space with its history, and back. */
export function archiveCommands(program: Command): void {
  const sealed = (command: Command): Command =>
    command.option('--password-file <file>', 'the password is its first line (default: it is asked for)');
  const WITHOUT = ['--without-files', 'without the files and pictures'] as const;
  sealed(program.command('archive').description('a space with its history as one file that a password opens'))
    .argument('<space>', 'name or key')
    .argument('<file>')
    .option(...OVERWRITE)
    .option(...WITHOUT)
    .action((wanted: string, file: string, options: Sealed & Overwriting, command: Command) =>
      withIdentity(commonOf(command), async (session) => {
        const { passwordFile, withoutFiles = false, overwrite } = options;
        const space = spaceNamed(session, wanted);
        keepWhatIsThere(file, overwrite);
        const password = await passwordOf(session, passwordFile, true);
        const saved = await space.export(file, { password, blobs: !withoutFiles, ...watched(session) });
        note(`${counted(saved.entries, 'change')} saved.`);
        tellOfFiles(saved, 'on this device, so not in the archive');
        say(saved.stateHash);
      }),
    );
  sealed(program.command('restore').description('a space from its archive'))
    .argument('<file>')
    .option(...WITHOUT)
    .action((file: string, { passwordFile, withoutFiles = false }: Sealed, command: Command) =>
      withIdentity(commonOf(command), async (session) => {
        const password = await passwordOf(session, passwordFile, false);
        const back = await session.client.echo.importSpace(file, {
          password,
          blobs: !withoutFiles,
          ...watched(session),
        });
        note(`${shown(session.client.echo.getSpace(back.key).name)}: ${counted(back.entries, 'change')} brought back.`);
        tellOfFiles(back, 'here: what is missing comes from members’ devices');
        say(back.stateHash);
      }),
    );
}

interface Overwriting {
  readonly overwrite?: true;
}
const OVERWRITE = ['--overwrite', 'in place of a file that is there'] as const;

/** Before anything is asked or made. */
function keepWhatIsThere(file: string, overwrite = false): void {
  if (!overwrite && existsSync(file)) {
    throw new CommandError(`There is something at ${shown(file)} already. Take another name, or --overwrite.`);
  }
}

interface Sealed {
  readonly passwordFile?: string;
  readonly withoutFiles?: boolean;
}

/** Nothing where the space has none. */
function tellOfFiles({ blobs, blobsLacking }: Pick<Archive, 'blobs' | 'blobsLacking'>, where: string): void {
  if (blobs > 0) note(`${counted(blobs, 'file')} with ${blobs === 1 ? 'it' : 'them'}.`);
  if (blobsLacking > 0) note(`${counted(blobsLacking, 'file')} ${blobsLacking === 1 ? 'is' : 'are'} not ${where}.`);
}

/** Twice where it is new: nobody could open the file after a slip. */
async function passwordOf({ terminal, signal }: Session, file: string | undefined, isNew: boolean): Promise<string> {
  if (file !== undefined) return firstLine(file);
  const password = await terminal.ask('Password of the archive: ', { hidden: true, signal });
  if (isNew && password !== (await terminal.ask('The same again: ', { hidden: true, signal }))) {
    throw new CommandError('These were two different passwords. Nothing was saved; try again.');
  }
  return password;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
