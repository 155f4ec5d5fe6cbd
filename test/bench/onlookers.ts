/**
 * A program: clients that come into a space and have its note open, all in this process, so that nothing of theirs runs
 * where a keystroke is timed.
 *
 *   node onlookers.ts <meeting point> <a folder for each, as JSON>
 */
import { InvitationEncoder } from '../../main/client/index.ts';
import { openClient, until } from './places.ts';

export interface Invited {
  readonly code: string;
  readonly digits: string;
}
/** `join`: an invitation each. `watch`: once its note is there. Either is answered when all have done it. */
export type Asked = { readonly join: readonly Invited[] } | { readonly watch: string };

const [url = '', given = ''] = process.argv.slice(2);
const clients = await Promise.all((JSON.parse(given) as string[]).map((folder) => openClient(folder, [url])));
process.on('message', (asked: Asked) => void answer(asked));
process.send?.('ready');

async function answer(asked: Asked): Promise<void> {
  for (const [n, client] of clients.entries()) {
    if ('join' in asked) {
      const { code, digits } = asked.join[n] as Invited;
      const joining = client.echo.acceptInvitation(InvitationEncoder.decode(code));
      await until('connected', () => joining.invitation.state === 'ready-for-code');
      await joining.authenticate(digits);
      continue;
    }
    const [space] = client.echo.spaces;
    await until('the note arrived', () => space?.objects.get(asked.watch) !== undefined);
    space?.presence.show({ objectId: asked.watch });
    space?.objects.document(asked.watch, 'text').subscribe(() => undefined);
  }
  process.send?.('done');
}
