/** The guest's side of an invitation, for spaces and for devices. */
import type { Command } from 'commander';
import { CoveError, type Joining } from '../../client/index.ts';
import { commonOf } from '../common.ts';
import { titleOf, withIdentity, type Session } from '../session.ts';
import { settled } from '../settled.ts';
import { note, say } from '../terminal.ts';

export function joinCommand(program: Command): void {
  program
    .command('join')
    .description('join a space: paste the code, then type the six digits')
    .argument('[code]', 'the invitation code or link; asked for when it is left out')
    .action((code: string | undefined, _options: unknown, command: Command) =>
      withIdentity(commonOf(command), async (session) => {
        const { client, terminal, signal } = session;
        const received = client.echo.decodeInvitation(code ?? (await terminal.ask('Code: ', { signal })));
        const joining = client.echo.acceptInvitation(received);
        await joinWith(session, joining);
        const space = client.echo.getSpace(joining.invitation.spaceKey);
        await settled(() => [space], session);
        say(`${space.key}  ${titleOf(space)}`);
      }),
    );
}

/** Asks for the digits until they are right. Throws what `authenticate` throws when there is no more to be tried. */
export async function joinWith({ terminal, signal }: Session, { invitation, authenticate, cancel }: Joining) {
  signal.addEventListener('abort', cancel, { once: true });
  const stop = invitation.onChange(() => {
    if (invitation.awaitsApproval) note('The digits are right. Somebody there has to let you in now …');
    if (invitation.words !== null) note(`The other device shows the same six words: ${invitation.words.join(' ')}`);
  });
  try {
    for (;;) {
      const digits = await terminal.ask('Six digits: ', { signal });
      note('Looking for whoever invited you … (Ctrl+C ends it)');
      try {
        return await authenticate(digits);
      } catch (error) {
        if (!(error instanceof CoveError) || !mayTryAgain(error)) throw error;
        const left = error.detail['attemptsLeft'];
        note(`${error.message}${left === undefined ? '' : ` Attempts left: ${left}.`}`);
      }
    }
  } finally {
    stop();
    signal.removeEventListener('abort', cancel);
  }
}

const mayTryAgain = ({ type, detail }: CoveError): boolean =>
  (type === 'wrong-code' || type === 'unanswered' || type === 'timeout') && detail['attemptsLeft'] !== 0;
