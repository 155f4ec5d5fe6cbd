/** A real coturn, with the very configuration that docs/turn.md gives. */
import { readFileSync } from 'node:fs';
import { makeCertificates } from '../ports/certificates.ts';
import type { Computer, Lab } from './lab.ts';

const DOCUMENT = new URL('../../docs/turn.md', import.meta.url);

/** The server's shared secret. */
export const SECRET = 'a long secret: 100%/+=';

/** Answers the file of the authority that its certificate is of. */
export async function turnServer(lab: Lab, computer: Computer, address: string): Promise<string> {
  const certificates = makeCertificates();
  lab.onClose(() => certificates.remove());
  const { certificate, key } = certificates.issue(`IP:${address}`);
  let [, config = ''] = /```conf\n([^]*?)```/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  // What the document tells people to replace, by what is here.
  for (const [theirs, ours] of [
    ['replace-this-by-a-long-secret', SECRET],
    ['/etc/letsencrypt/live/turn.example/fullchain.pem', certificate],
    ['/etc/letsencrypt/live/turn.example/privkey.pem', key],
  ] as const) {
    if (!config.includes(theirs)) throw new Error(`docs/turn.md does not say ${theirs} any more`);
    config = config.replace(theirs, ours);
  }
  // A server of the system's has folders for these.
  const here = ['log-file=stdout', 'pidfile=turnserver.pid', 'userdb=turndb', ''];
  const runs = 'Relay ports initialization done';
  await lab.server(computer, { program: 'turnserver', config: [config, ...here].join('\n'), runs });
  return certificates.authority;
}
