/** The spaces of this profile, and who is in them. */
import type { Command } from 'commander';
import type { Space } from '../../client/index.ts';
import { commonOf } from '../common.ts';
import { CommandError } from '../command-error.ts';
import { shown } from '../../bridge/shown.ts';
import { spaceNamed, titleOf, withIdentity } from '../session.ts';
import { note, say, sayJson } from '../terminal.ts';

export function spaceCommands(program: Command): void {
  const spaces = program.command('spaces').description('your spaces');
  spaces
    .command('list', { isDefault: true })
    .description('all of them: key, role, members, name')
    .option('--json', 'a JSON object a line')
    .action(({ json = false }: { readonly json?: boolean }, command: Command) =>
      withIdentity(commonOf(command), async ({ client }) => {
        for (const space of client.echo.spaces) {
          if (json) sayJson(about(space));
          else say(line(space));
        }
      }),
    );
  spaces
    .command('create')
    .description('a new space; its key is printed')
    .argument('<name>')
    .action((name: string, _options: unknown, command: Command) =>
      withIdentity(commonOf(command), async ({ client }) => say((await client.echo.createSpace({ name })).key)),
    );
  spaces
    .command('members')
    .description('who is in a space: role, identity, name')
    .argument('<space>', 'name or key')
    .action((wanted: string, _options: unknown, command: Command) =>
      withIdentity(commonOf(command), async (session) => {
        for (const { role, identityId, name } of spaceNamed(session, wanted).members) {
          say(`${role.padEnd(6)}  ${identityId}  ${shown(name)}`);
        }
      }),
    );
  spaces
    .command('leave')
    .description('leave a space and delete the copy here')
    .argument('<space>', 'name or key')
    .option('--yes', 'without being asked')
    .action((wanted: string, { yes = false }: { readonly yes?: boolean }, command: Command) =>
      withIdentity(commonOf(command), async (session) => {
        const space = spaceNamed(session, wanted);
        if (!yes) {
          const answer = await session.terminal.ask(
            `This deletes “${titleOf(space)}” here. Type its name to go on: `,
            session,
          );
          if (answer !== titleOf(space)) throw new CommandError('That is not its name. Nothing was changed.');
        }
        const { heard } = await space.leave();
        if (!heard)
          note(
            'Nobody was there to hear it: others see you as a member until one of them hears it from a device of yours.',
          );
      }),
    );
}

const about = ({ key, name, role, members, ending }: Space) => ({
  key,
  name,
  role: role ?? null,
  members: members.length,
  ending: ending?.kind ?? null,
});

const line = (space: Space): string =>
  `${space.key.slice(0, 12)}  ${(space.ending?.kind ?? space.role ?? '').padEnd(7)}  ${String(space.members.length).padStart(3)}  ${titleOf(space)}`;
