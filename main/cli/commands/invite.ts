/** The host's side of an invitation: shows code and digits, and waits for the guest. */
import type { Command } from 'commander';
import { CoveError, type HostInvitation, type InvitationOptions } from '../../client/index.ts';
import { shown } from '../../bridge/shown.ts';
import { commonOf } from '../common.ts';
import { CommandError } from '../command-error.ts';
import { endedInvitation } from '../ended-invitation.ts';
import { spaceNamed, withIdentity, type Session } from '../session.ts';
import { settled, settledDevices } from '../settled.ts';
import { note, qrCode, say } from '../terminal.ts';

interface Inviting {
  readonly role: NonNullable<InvitationOptions['role']>;
  readonly hours: string;
  readonly uses: string;
  readonly approval?: boolean;
  readonly qr: boolean;
}
const INVITED: readonly Inviting['role'][] = ['keeper', 'reader', 'editor', 'admin'];
const HOUR = 60 * 60_000;

export function inviteCommand(program: Command): void {
  const sharing = (command: Command): Command => command.option('--no-qr', 'the code as text only');
  sharing(program.command('invite').description('invite somebody to a space, and wait for them'))
    .argument('<space>', 'name or key of the space')
    .option('--role <role>', 'keeper (stores and passes on, cannot read), reader, editor or admin', 'editor')
    .option('--hours <n>', 'how long it is good, 168 at most', '24')
    .option('--uses <n>', 'how many people it takes', '1')
    .option('--approval', 'ask here before anybody is let in')
    .action((wanted: string, { role, hours, uses, approval = false, qr }: Inviting, command: Command) => {
      if (!INVITED.includes(role)) throw new CommandError(`--role takes one of these: ${INVITED.join(', ')}.`);
      const maxUses = whole('--uses', uses);
      const options = { role, approval, lifetimeMs: whole('--hours', hours) * HOUR, multiUse: maxUses > 1, maxUses };
      return withIdentity(commonOf(command), async (session) => {
        const space = spaceNamed(session, wanted);
        await host(session, space.createInvitation(options).invitation, qr);
        await settled(() => [space], session);
      });
    });

  sharing(program.command('add-device').description('add another device of yours, and wait for it')).action(
    ({ qr }: { readonly qr: boolean }, command: Command) =>
      withIdentity(commonOf(command), async (session) => {
        await host(session, session.client.halo.devices.invite().invitation, qr);
        await settledDevices(session);
      }),
  );
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new CommandError(`${option} takes a whole number from 1 on.`);
  return value;
}

/** Until it has ended. Whoever ends it by Ctrl+C withdraws it: nothing here would answer it any more. */
async function host({ terminal, signal }: Session, invitation: HostInvitation, qr: boolean): Promise<void> {
  if (qr) note(qrCode(invitation.code, process.stderr.columns));
  note('Send this code:');
  say(invitation.code);
  note('\nAnd tell these six digits in another way, by phone or in person:');
  say(invitation.authenticationCode ?? '');
  note('\nWaiting … Ctrl+C withdraws the invitation.');
  let seen = 0;
  let asking = false;
  const withdraw = (): void => invitation.revoke();
  signal.addEventListener('abort', withdraw, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        for (; seen < invitation.guests.length; seen++) note(`${shown(invitation.guests[seen]?.name ?? '')} is in.`);
        const { waiting, state } = invitation;
        if (waiting !== null && !asking) {
          asking = true;
          const words = waiting.words === undefined ? '' : ` It shows the words: ${waiting.words.join(' ')}`;
          void terminal
            .ask(`Let ${shown(waiting.name || waiting.deviceName)} in?${words} [y/N] `, { signal })
            .then((answer) => invitation.approve(waiting.deviceId, /^y(es)?$/i.test(answer)))
            .catch(() => undefined)
            .finally(() => (asking = false));
        }
        if (invitation.code !== '') return;
        const end = signal.aborted ? new CoveError('cancelled') : endedInvitation(state);
        if (end === undefined) resolve();
        else reject(end);
      };
      invitation.onChange(look);
      look();
    });
  } finally {
    signal.removeEventListener('abort', withdraw);
  }
}
