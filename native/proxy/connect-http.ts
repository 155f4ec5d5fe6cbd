/** Through an HTTP proxy: it is asked to CONNECT, with Basic authorization (RFC 7617) where there is a name. */
import { request as byHttp, type ClientRequestArgs, type IncomingMessage } from 'node:http';
import { request as byHttps } from 'node:https';
import type { Socket } from 'node:net';
import { placeName, ProxyError, type Place, type Proxy } from './proxy.ts';

/** Of its answer, bytes: a proxy has nothing to tell that is longer. */
const MAX_HEADER = 16 * 1024;

/** Rejects with a ProxyError. */
export function connectByHttp(proxy: Proxy, place: Place, signal: AbortSignal): Promise<Socket> {
  const options: ClientRequestArgs = {
    host: proxy.host,
    port: proxy.port,
    method: 'CONNECT',
    path: placeName(place),
    headers: { Host: placeName(place), ...authorization(proxy) },
    // No agent: it would keep connections, and look for a proxy itself.
    agent: false,
    maxHeaderSize: MAX_HEADER,
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = proxy.protocol === 'https' ? byHttps(options) : byHttp(options);
    let connected = false;
    request.on('socket', (socket: Socket) => {
      socket.setNoDelay(true);
      socket.once(proxy.protocol === 'https' ? 'secureConnect' : 'connect', () => (connected = true));
    });
    request.on('connect', ({ statusCode = 0 }: IncomingMessage, socket: Socket, head: Buffer) => {
      const fault = faultOf(statusCode);
      if (fault !== undefined) {
        socket.destroy();
        return reject(new ProxyError(fault));
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.on('error', (error: Error & { code?: string }) =>
      reject(new ProxyError(brokenBy(error, connected), error)),
    );
    request.end();
  });
}

function authorization({ name, password }: Proxy): Record<string, string> {
  if (name === '' && password === '') return {};
  return { 'Proxy-Authorization': `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` };
}

function faultOf(status: number): ProxyError['fault'] | undefined {
  if (status >= 200 && status < 300) return undefined;
  // tinyproxy says 401 to a wrong password, as a web server would.
  if (status === 407 || status === 401) return 'password';
  // It tried, and did not get there.
  return status >= 500 ? 'no-way' : 'refuses';
}

function brokenBy({ code = '' }: { code?: string }, connected: boolean): ProxyError['fault'] {
  if (code.startsWith('HPE_')) return 'not-a-proxy';
  return connected ? 'closed' : 'unreachable';
}
