/** Options that every command has, wherever on the line they stand. */
import type { Command } from 'commander';
import type { Common } from './session.ts';

export const withCommon = (program: Command): Command =>
  program
    .option('--data-dir <folder>', 'folder of the profile (default: COVE_DATA_DIR, else the app’s own)')
    .option(
      '--passphrase-file <file>',
      'the passphrase of the profile is its first line (default: COVE_PASSPHRASE_FILE)',
    );

export const commonOf = (command: Command): Common => command.optsWithGlobals();
