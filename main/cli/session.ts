/** One profile, opened for the length of a command, with the settings that the app has for it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Preferences } from '../bridge/preferences.ts';
import { settingsOf } from '../bridge/settings-of.ts';
import {
  Client,
  CoveError,
  PASSPHRASE_FILE,
  createPassphraseKeychain,
  dataDirFrom,
  type ClientOptions,
  type Space,
} from '../client/index.ts';
import { CommandError } from './command-error.ts';
import { shown } from '../bridge/shown.ts';
import { Terminal } from './terminal.ts';

/** Options that every command has. */
export interface Common {
  readonly dataDir?: string;
  readonly passphraseFile?: string;
}
export interface Session {
  readonly client: Client;
  readonly terminal: Terminal;
  /** Ctrl+C, or the end that the system asks for. */
  readonly signal: AbortSignal;
}
interface Asking {
  readonly dataDir: string;
  readonly common: Common;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}
interface Opening {
  /** Beside what the profile's settings say. */
  readonly options?: ClientOptions;
  /** Protects the keys of a new profile with a passphrase that is asked for, where the system has no keychain. */
  readonly newPassphrase?: boolean;
}

/** Opens the profile, does the work, and closes the profile whatever came of it. */
export async function withClient(
  common: Common,
  work: (session: Session) => Promise<void>,
  { options = {}, newPassphrase = false }: Opening = {},
): Promise<void> {
  const dataDir = dataDirOf(common);
  const terminal = new Terminal();
  const ending = new AbortController();
  const end = (): void => ending.abort();
  process.on('SIGINT', end).on('SIGTERM', end);
  try {
    const passphrase = await passphraseFor({ dataDir, common, terminal, signal: ending.signal }, newPassphrase);
    const given = { dataDir, ...options };
    const { values } = new Preferences(join(dataDir, 'preferences.json'));
    const client = new Client({
      ...settingsOf(values, given),
      ...given,
      ...(passphrase !== undefined && {
        keychain: createPassphraseKeychain({ file: join(dataDir, PASSPHRASE_FILE), passphrase }),
      }),
    });
    try {
      await client.initialize();
      await work({ client, terminal, signal: ending.signal });
    } finally {
      await client.destroy();
    }
  } finally {
    terminal.close();
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

/** The same for a profile that has an identity. */
export const withIdentity = (
  common: Common,
  work: (session: Session) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> =>
  withClient(
    common,
    async (session) => {
      if (session.client.halo.profile === undefined) {
        throw new CommandError('There is no identity in this profile yet. Make one: cove identity create "Your name"');
      }
      await work(session);
    },
    { options },
  );

/** The space of this name, or whose key begins so. */
export function spaceNamed({ client }: Session, wanted: string): Space {
  const { spaces } = client.echo;
  const exact = spaces.filter(({ name }) => name === wanted);
  // As it is printed, too: what others call a space may hold what nobody can type.
  const alike = spaces.filter(({ name }) =>
    [name, shown(name)].some((one) => one.toLowerCase() === wanted.toLowerCase()),
  );
  const byKey = /^[0-9a-f]{6,64}$/i.test(wanted)
    ? spaces.filter(({ key }) => key.startsWith(wanted.toLowerCase()))
    : [];
  const found = [exact, alike, byKey].find((some) => some.length > 0) ?? [];
  const [only] = found;
  if (only === undefined) {
    throw new CommandError(`There is no space “${wanted}” on this device. “cove spaces” lists those there are.`);
  }
  if (found.length > 1) {
    const keys = found.map(({ key }) => key.slice(0, 12)).join(', ');
    throw new CommandError(
      `${found.length} spaces are called “${wanted}”. Say which by the beginning of its key: ${keys}`,
    );
  }
  return only;
}

/** A keeper cannot read what its space is called. */
export const isNameless = ({ name, role }: Space): boolean => name === '' && role === 'keeper';
export const titleOf = (space: Space): string =>
  isNameless(space) ? `kept space ${space.key.slice(0, 12)}` : shown(space.name);

/** From a file, else from the person where the profile is protected by one. */
async function passphraseFor(
  { dataDir, common, terminal, signal }: Asking,
  isNew: boolean,
): Promise<string | undefined> {
  const written = writtenPassphrase(common);
  if (written !== undefined) return written;
  if (existsSync(join(dataDir, PASSPHRASE_FILE))) {
    if (process.stdin.isTTY !== true) throw new CoveError('passphrase-needed');
    return terminal.ask('Passphrase: ', { hidden: true, signal });
  }
  if (!isNew) return undefined;
  const passphrase = await terminal.ask('A passphrase for this profile: ', { hidden: true, signal });
  if (passphrase === '') throw new CommandError('The passphrase may not be empty.');
  if (passphrase !== (await terminal.ask('The same again: ', { hidden: true, signal }))) {
    throw new CommandError('These were two different passphrases. Nothing was made; try again.');
  }
  return passphrase;
}

export const dataDirOf = ({ dataDir }: Common): string => dataDirFrom(dataDir === undefined ? {} : { dataDir });

/** Of the file that was named, if one was. */
export function writtenPassphrase({
  passphraseFile = process.env['COVE_PASSPHRASE_FILE'],
}: Common): string | undefined {
  if (passphraseFile === undefined || passphraseFile === '') return undefined;
  const passphrase = firstLine(passphraseFile);
  if (passphrase === '') throw new CommandError(`There is no passphrase in the first line of ${passphraseFile}.`);
  return passphrase;
}

/** Of a file with a secret in it. */
export function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw new CommandError(`The secret could not be read: ${(error as Error).message}`);
  }
}

/** How far it is, where somebody sees it; Ctrl+C ends it. */
export function watched({ signal }: Session) {
  if (process.stderr.isTTY !== true) return { signal };
  const onProgress = (share: number): void =>
    void process.stderr.write(`\r${Math.floor(share * 100)} %${share >= 1 ? '\n' : ''}`);
  return { signal, onProgress };
}
