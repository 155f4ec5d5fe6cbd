/** The files of docs/meeting-point.md as a mosquitto can be started with them: what the document tells people to replace, by what is here. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { snippet } from '../docs/documents.ts';

export const DOCUMENT = 'docs/meeting-point.md';
const PLUGIN = 'mosquitto_dynamic_security.so';
/** Where systems have it; the document names Debian's. */
const FOLDERS = [
  ...['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'],
  ...['/opt/homebrew/opt/mosquitto/lib', '/usr/local/opt/mosquitto/lib'],
];

export interface Place {
  /** Where the files go. */
  readonly folder: string;
  /** Of the listener: `port`, or `port address`. */
  readonly listener: string;
  readonly certificate: string;
  readonly key: string;
  /** A file of mosquitto_passwd: then only the name `friends` is let in. */
  readonly passwords?: string;
}

/** The one fence of the document in that language that begins so. */
export const of = (language: string, starts = ''): string =>
  snippet(DOCUMENT, (one) => one.language === language && one.code.startsWith(starts));

/** The text of mosquitto.conf; cove.json is written into the folder. */
export function documentedConfiguration({ folder, listener, certificate, key, passwords }: Place): string {
  const access = join(folder, 'cove.json');
  writeFileSync(access, passwords === undefined ? of('json', '{\n  "defaultACLAccess') : friendsOnly());
  const plugin = FOLDERS.map((at) => join(at, PLUGIN)).find((at) => existsSync(at));
  if (plugin === undefined) throw new Error(`mosquitto's own ${PLUGIN} is needed for these tests, and is not there`);
  return [
    replaced(of('conf'), [
      ['listener 8883', `listener ${listener}`],
      ['/etc/mosquitto/certs/fullchain.pem', certificate],
      ['/etc/mosquitto/certs/privkey.pem', key],
      [`/usr/lib/x86_64-linux-gnu/${PLUGIN}`, plugin],
      ['/var/lib/mosquitto/cove.json', access],
      ...(passwords === undefined
        ? []
        : ([['allow_anonymous true', `allow_anonymous false\npassword_file ${passwords}`]] as const)),
    ]),
    // Started by root it would become a user who cannot read the key.
    `user ${userInfo().username}`,
    'log_dest stderr',
    '',
  ].join('\n');
}

/** The rates of the document, for nft. */
export const documentedRates = (): string => of('nft');

/** What the document says of a password: two changes to cove.json. */
function friendsOnly(): string {
  const { anonymousGroup: _, ...all } = JSON.parse(of('json', '{\n  "defaultACLAccess')) as Record<string, unknown>;
  return JSON.stringify({ ...all, ...(JSON.parse(of('json', '{ ')) as Record<string, unknown>) });
}

export function replaced(text: string, pairs: readonly (readonly [theirs: string, ours: string])[]): string {
  let whole = text;
  for (const [theirs, ours] of pairs) {
    if (!whole.includes(theirs)) throw new Error(`${DOCUMENT} does not say ${theirs} any more`);
    whole = whole.replace(theirs, ours);
  }
  return whole;
}
