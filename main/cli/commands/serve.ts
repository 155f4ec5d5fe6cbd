/** An always-on member: keeps every space of this profile available to the others. */
import type { Command } from 'commander';
import { isDamage, keepPictures, type Space } from '../../client/index.ts';
import { commonOf } from '../common.ts';
import { CommandError } from '../command-error.ts';
import { isNameless, titleOf, withIdentity, type Session } from '../session.ts';
import { say } from '../terminal.ts';

interface Serving {
  readonly meetingPoint?: string | true;
}

export function serveCommand(program: Command): void {
  program
    .command('serve')
    .description('stay here and keep your spaces available, until it is ended')
    .option('--meeting-point [port]', 'be a meeting point as well (default port: any)')
    .action(({ meetingPoint }: Serving, command: Command) => {
      const port = meetingPoint === undefined || meetingPoint === true ? 0 : Number(meetingPoint);
      if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new CommandError('--meeting-point takes a port.');
      const own = meetingPoint === undefined ? {} : { ownMeetingPoint: true, meetingPointPort: port };
      return withIdentity(commonOf(command), serve, own);
    });
}

/** What a line says of a space. One that is full takes in nothing more, and would seem to exchange for ever. */
export function stateOf({ ending, peers, full }: Space): string {
  if (ending !== undefined) return ending.kind;
  const here = peers.filter(({ connected }) => connected);
  const who = here.length === 0 ? 'nobody connected' : `${here.length} connected`;
  if (full) return `${who}, full: no more of it is taken in here`;
  if (here.length === 0) return who;
  return `${who}, ${here.every(({ upToDate }) => upToDate) ? 'up to date' : 'exchanging'}`;
}

/** Says what changes, one line each with its time: who is here, which meeting points answer, what is wrong with the disk. */
async function serve({ client, signal }: Session): Promise<void> {
  const tell = (text: string): void => say(`${new Date().toISOString()} ${text}`);
  const told = new Map<string, string>();
  const look = (): void => {
    const present = new Map<string, string>();
    for (const { url, state } of client.mesh.meetingPoints) present.set(url, state);
    for (const space of client.echo.spaces) {
      const name = isNameless(space) ? titleOf(space) : `“${titleOf(space)}” ${space.key.slice(0, 12)}`;
      present.set(name, stateOf(space));
    }
    present.set('disk', client.disk.trouble?.message ?? 'writes');
    for (const [what, state] of present) if (told.get(what) !== state) tell(`${what}: ${state}`);
    for (const what of told.keys()) if (!present.has(what)) tell(`${what}: gone`);
    told.clear();
    for (const [what, state] of present) told.set(what, state);
  };
  const { ownMeetingPoint } = client.mesh;
  if (ownMeetingPoint !== undefined) tell(`meeting point: ${ownMeetingPoint}`);
  look();
  const timer = setInterval(look, 1_000);
  const stops = [keepPictures(client), client.echo.onChange(look), client.mesh.onChange(look)];
  try {
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
      stops.push(client.disk.changed.add(() => isDamage(client.disk.trouble) && reject(client.disk.trouble)));
    });
    tell('ended');
  } finally {
    clearInterval(timer);
    for (const stop of stops) stop();
  }
}
