/** Why devices are not connected, and what to do. */
import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { commonOf } from '../common.ts';
import { doctor } from '../doctor.ts';
import { dataDirOf, writtenPassphrase } from '../session.ts';

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('why devices are not connected, and what to do')
    .option('--seconds <n>', 'how long to look at most', '35')
    .option('--report', 'only what can be passed on; it names nobody')
    .action(async ({ seconds, report = false }: { seconds: string; report?: boolean }, command: Command) => {
      const most = Number(seconds);
      if (!(most >= 0)) throw new CommandError('--seconds takes a number.');
      const common = commonOf(command);
      const works = await doctor({ seconds: most, report }, dataDirOf(common), writtenPassphrase(common));
      if (!works) process.exitCode = 1;
    });
}
