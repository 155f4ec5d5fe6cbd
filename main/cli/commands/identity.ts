/** Who this profile is: made, linked to another device of the person's, or brought back. */
import type { Command } from 'commander';
import { CoveError } from '../../client/index.ts';
import { commonOf } from '../common.ts';
import { CommandError } from '../command-error.ts';
import { withClient, withIdentity, type Session } from '../session.ts';
import { settledDevices } from '../settled.ts';
import { note, say } from '../terminal.ts';
import { joinWith } from './join.ts';

interface Made {
  readonly device?: string;
  readonly passphrase?: boolean;
}

const WORDS_NOTE =
  'These twelve words bring you back if all your devices are lost. Write them down on paper, then show with\n“cove identity confirm” that you have them: they are not kept here after that.';

export function identityCommands(program: Command): void {
  const identity = program.command('identity').description('who you are in this profile');
  const making = (command: Command): Command =>
    command
      .option('--device <name>', 'what this device is called among yours (default: the computer’s name)')
      .option('--passphrase', 'protect the keys with a passphrase instead of the system’s keychain');
  const opening = ({ device, passphrase = false }: Made) => ({
    options: device === undefined ? {} : { deviceName: device },
    newPassphrase: passphrase,
  });

  identity
    .command('show', { isDefault: true })
    .description('your name, this device, and its ids')
    .action((_options: unknown, command: Command) => withIdentity(commonOf(command), async (session) => show(session)));

  making(
    identity.command('create').description('a new identity').argument('<name>', 'your name, as others see it'),
  ).action((name: string, made: Made, command: Command) =>
    withClient(
      commonOf(command),
      async ({ client }) => {
        await client.halo.createProfile({ displayName: name });
        say((await client.halo.phrase())?.join(' '));
        note(`\n${WORDS_NOTE}`);
      },
      opening(made),
    ),
  );

  making(identity.command('link').description('this device as one more of yours; the code comes from “Add a device”'))
    .argument('[code]', 'the code; asked for when it is left out')
    .action((code: string | undefined, made: Made, command: Command) =>
      withClient(
        commonOf(command),
        async (session) => {
          const { client, terminal, signal } = session;
          if (client.halo.profile !== undefined) throw new CoveError('identity-exists');
          const received = client.echo.decodeInvitation(code ?? (await terminal.ask('Code: ', { signal })));
          await joinWith(session, client.halo.linkDevice(received));
          await settledDevices(session);
          show(session);
        },
        opening(made),
      ),
    );

  making(identity.command('recover').description('your identity again, by the twelve words')).action(
    (made: Made, command: Command) =>
      withClient(
        commonOf(command),
        async (session) => {
          const { client, terminal, signal } = session;
          if (client.halo.profile !== undefined) throw new CoveError('identity-exists');
          await client.halo.recoverProfile(await terminal.ask('The twelve words: ', { hidden: true, signal }));
          show(session);
          note('Your spaces come from another device of yours while it is open, or by being invited again.');
        },
        opening(made),
      ),
  );

  identity
    .command('words')
    .description('the twelve words, until they were confirmed')
    .action((_options: unknown, command: Command) =>
      withIdentity(commonOf(command), async ({ client }) => {
        const words = await client.halo.phrase();
        if (words === null) throw new CoveError('phrase-confirmed');
        say(words.join(' '));
        note(`\n${WORDS_NOTE}`);
      }),
    );

  identity
    .command('confirm')
    .description('shows that you have the words; they are erased from this device')
    .action((_options: unknown, command: Command) => withIdentity(commonOf(command), confirm));
}

function show({ client }: Session): void {
  const { profile, device, phraseConfirmed } = client.halo;
  say(`${profile?.displayName ?? ''}  ${profile?.identityId ?? ''}`);
  say(`${device?.name ?? ''}  ${device?.deviceId ?? ''}`);
  if (!phraseConfirmed) note('Your recovery words are not confirmed yet: cove identity words');
}

async function confirm({ client, terminal, signal }: Session): Promise<void> {
  if (client.halo.phraseConfirmed) throw new CoveError('phrase-confirmed');
  const answers: { position: number; word: string }[] = [];
  for (const position of client.halo.phraseChallenge()) {
    answers.push({ position, word: await terminal.ask(`Word ${position + 1}: `, { signal }) });
  }
  if (!(await client.halo.confirmPhrase(answers))) {
    throw new CommandError('These are not those words. Look at your paper and try again; nothing was changed.');
  }
  say('Confirmed. The words are no longer kept on this device.');
}
