/**
 * Builds the interface with the host double and serves it on the loopback under the policy that the app's own
 * protocol sets, so that what the policy forbids fails here too.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build } from 'vite';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
};
export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'nonce-test-nonce'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

/** Answers the address and how to stop. */
export async function serve(outDir: string): Promise<{ url: string; stop(): void }> {
  const root = resolve(import.meta.dirname, '../..');
  await build({
    configFile: false,
    logLevel: 'error',
    root: join(root, 'test/renderer'),
    plugins: [svelte()],
    build: {
      target: 'chrome130',
      outDir,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 2_000,
      rolldownOptions: {
        input: [join(root, 'test/renderer/page.html'), join(root, 'test/renderer/phrase-page.html')],
        checks: { ineffectiveDynamicImport: false },
      },
    },
  });
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    // The same for every picture of every note.
    const file = path.startsWith('/picture/') ? join(root, 'docs/images/cove.png') : join(outDir, path);
    readFile(file).then(
      (bytes) => {
        response.writeHead(200, {
          'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
          'Content-Security-Policy': POLICY,
        });
        response.end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
}
