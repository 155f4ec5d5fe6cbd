#!/usr/bin/env node
/** `cove`: the SDK in a terminal, for machines without a window. */
import { Command, CommanderError } from 'commander';
import description from '../../package.json' with { type: 'json' };
import { CoveError } from '../client/index.ts';
import { CommandError } from './command-error.ts';
import { doctorCommand } from './commands/doctor.ts';
import { archiveCommands, fileCommands } from './commands/files.ts';
import { identityCommands } from './commands/identity.ts';
import { inviteCommand } from './commands/invite.ts';
import { joinCommand } from './commands/join.ts';
import { queryCommand } from './commands/query.ts';
import { serveCommand } from './commands/serve.ts';
import { spaceCommands } from './commands/spaces.ts';
import { storageCommand } from './commands/storage.ts';
import { withCommon } from './common.ts';
import { note } from './terminal.ts';

/** As shells say it of a program that Ctrl+C has ended. */
const INTERRUPTED = 130;

const program = withCommon(new Command('cove'))
  .description('Spaces of notes and other objects that live on their members’ own machines.')
  .version(description.version)
  .showHelpAfterError('(cove --help lists the commands)')
  .exitOverride();
identityCommands(program);
spaceCommands(program);
inviteCommand(program);
joinCommand(program);
queryCommand(program);
fileCommands(program);
archiveCommands(program);
storageCommand(program);
doctorCommand(program);
serveCommand(program);

// Whoever reads the result has enough of it, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = failed(error);
}
// Native parts of the network may hold a process that is done. What was printed goes out first.
process.stdout.write('', () => process.exit());

/** Says what happened; gives the exit code: 2 for a command that cannot be, 1 for one that failed. */
function failed(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandError) note(error.message);
  else if (error instanceof CoveError) {
    note(error.message);
    const { argument, file } = error.detail;
    if (argument !== undefined || file !== undefined) note(`(${String(argument ?? file)})`);
    return error.type === 'cancelled' ? INTERRUPTED : 1;
  } else throw error;
  return 1;
}
