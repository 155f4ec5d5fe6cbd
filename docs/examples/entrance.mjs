/** What the three programs have in common: a person, a space of theirs or one that they join, and lines that they type. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, CoveError, InvitationEncoder } from 'cove';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/**
 * Runs `main({ client, space, ask, leave })`. The space is the first of this profile, or the one that the code on the
 * command line invites to. COVE_DATA_DIR is where the profile is kept; else a folder of this name in one's own.
 */
export async function enter(name, main) {
  const client = new Client({ dataDir: process.env.COVE_DATA_DIR ?? join(homedir(), `.cove-${name}`) });
  const leave = async (sentence) => {
    if (sentence !== undefined) console.log(sentence);
    await client.destroy();
    process.exit();
  };
  const ask = async (question = '') => {
    process.stdout.write(question);
    const { value, done } = await lines.next();
    if (done) await leave();
    return value.trim();
  };
  try {
    await client.initialize();
    if (!client.halo.profile) await client.halo.createProfile({ displayName: await ask('Your name: ') });
    const [, , code] = process.argv;
    const own = client.echo.spaces[0] ?? (code ? undefined : await client.echo.createSpace({ name }));
    await main({ client, space: code ? await joined(client, code, ask) : own, ask, leave });
  } catch (error) {
    if (!(error instanceof CoveError)) throw error;
    await leave(error.message);
  }
}

async function joined(client, code, ask) {
  const { authenticate, invitation } = client.echo.acceptInvitation(InvitationEncoder.decode(code));
  for (;;) {
    try {
      await authenticate(await ask('Six digits: '));
      return client.echo.getSpace(invitation.spaceKey);
    } catch (error) {
      if (error.type !== 'wrong-code') throw error;
      console.log(`${error.message} ${error.detail.attemptsLeft} left.`);
    }
  }
}

/** What others wrote may hold anything, and a terminal obeys some of it. */
export const printable = (text) => String(text).replace(/\p{Cc}/gu, ' ');

export function invite(space) {
  const { invitation } = space.createInvitation();
  console.log(`Send this code: ${invitation.code}`);
  console.log(`And tell these digits in another way: ${invitation.authenticationCode}`);
}
