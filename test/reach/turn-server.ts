/** A real coturn, with the very configuration that docs/turn.md gives. */
import { readFileSync } from 'node:fs';
import type { Computer, Lab } from './lab.ts';

const DOCUMENT = new URL('../../docs/turn.md', import.meta.url);

/** What the document tells people to replace. */
const PLACES = {
  secret: 'replace-this-by-a-long-secret',
  certificate: '/etc/letsencrypt/live/turn.example/fullchain.pem',
};

/** The server's shared secret. */
export const SECRET = 'a long secret: 100%/+=';

export async function turnServer(lab: Lab, computer: Computer): Promise<void> {
  const [, config = ''] = /```conf\n([^]*?)```/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  const own = config.replace(PLACES.secret, SECRET);
  // Beside what a machine in use has: its folders, and where it says that it runs.
  const here = ['log-file=stdout', 'pidfile=turnserver.pid', 'userdb=turndb', ''];
  await lab.server(computer, {
    program: 'turnserver',
    config: [own, ...here].join('\n'),
    runs: 'Relay ports initialization done',
  });
}
