/** Certificates made for one test: an authority of its own, and a server's certificate that it signed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  /** The authority's certificate: what NODE_EXTRA_CA_CERTS names. */
  readonly authority: string;
  /** A server's certificate for these names (`DNS:localhost`, `IP:127.0.0.1`), and its key. */
  issue(names: string): { readonly certificate: string; readonly key: string };
  remove(): void;
}

/** Needs the `openssl` program. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'cove-certificates-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = file('authority.pem');
  openssl(
    'req',
    '-x509',
    ...ec,
    '-keyout',
    file('authority.key'),
    '-out',
    authority,
    '-subj',
    '/CN=test',
    '-days',
    '2',
  );
  let issued = 0;
  return {
    authority,
    issue(names) {
      const name = `server${issued++}`;
      const [certificate, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((end) =>
        file(`${name}.${end}`),
      ) as [string, string, string, string];
      writeFileSync(extensions, `subjectAltName=${names}\n`);
      openssl('req', ...ec, '-keyout', key, '-out', request, '-subj', '/CN=server');
      const signer = ['-CA', authority, '-CAkey', file('authority.key'), '-CAcreateserial'];
      openssl('x509', '-req', '-in', request, ...signer, '-out', certificate, '-days', '2', '-extfile', extensions);
      return { certificate, key };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
