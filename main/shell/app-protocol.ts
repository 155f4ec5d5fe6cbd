/**
 * `app://cove/…` serves the built renderer and the pictures of notes, and nothing else: no file:// page, no directory
 * escape, a strict Content-Security-Policy on every answer. CodeMirror puts its style sheet in at run time, so each page load
 * gets a fresh nonce for styles; scripts need none, they are our own files.
 */
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { randomBytes } from 'node:crypto';
import { protocol, type Session } from 'electron';
import { ORIGIN, SCHEME, ownPage } from './origin.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
const NONCE_PLACEHOLDER = '__CSP_NONCE__';

/** Must run before Electron's `ready`. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

interface LoadedPicture {
  /** Of an image. */
  readonly type: string;
  readonly bytes: Uint8Array;
}
/** What is at a path under `/picture/`; undefined: nothing that is shown. */
export type LoadPicture = (path: string) => Promise<LoadedPicture | undefined>;

interface Serving {
  /** When what pages ask is answered: nothing is served before. */
  readonly answering: () => Promise<unknown> | undefined;
  readonly loadPicture: LoadPicture;
}

/**
 * Serves the built renderer in `folder`. Fulfilled when a page has its
 * script and waits for no other file.
 */
export function serveApp(session: Session, folder: string, { answering, loadPicture }: Serving): Promise<void> {
  const root = normalize(folder) + sep;
  let [waiting, hasScript] = [0, false];
  return new Promise((resolve) => {
    session.protocol.handle(SCHEME, async (request) => {
      waiting++;
      await answering();
      const answer = await respond(request, root, loadPicture);
      waiting--;
      hasScript ||= answer.headers.get('Content-Type') === TYPES['.js'];
      if (waiting === 0 && hasScript) resolve();
      return answer;
    });
  });
}

async function respond(request: Request, root: string, loadPicture: LoadPicture): Promise<Response> {
  const page = ownPage(request.url);
  if (page === null || request.method !== 'GET') return new Response(null, { status: 404 });
  const path = page.slice(ORIGIN.length);
  const nonce = randomBytes(16).toString('base64');
  if (path.startsWith('/picture/')) {
    const picture = await loadPicture(path);
    if (picture === undefined) return new Response(null, { status: 404 });
    // Nowhere but in memory: it is somebody's, and Chromium's caches are not encrypted.
    const stored = { 'Cache-Control': 'no-store' };
    return new Response(new Uint8Array(picture.bytes), { headers: { ...headers(picture.type, nonce), ...stored } });
  }
  const file = normalize(join(root, decodeURIComponent(path)));
  const type = TYPES[extname(file)];
  if (!file.startsWith(root) || type === undefined) return new Response(null, { status: 404 });
  try {
    const bytes = await readFile(file);
    const body = extname(file) === '.html' ? bytes.toString('utf8').replaceAll(NONCE_PLACEHOLDER, nonce) : bytes;
    return new Response(typeof body === 'string' ? body : new Uint8Array(body), { headers: headers(type, nonce) });
  } catch {
    return new Response(null, { status: 404 });
  }
}

export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ].join('; ');
}

function headers(type: string, nonce: string): Record<string, string> {
  return {
    'Content-Type': type,
    'Content-Security-Policy': contentSecurityPolicy(nonce),
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-cache',
  };
}
