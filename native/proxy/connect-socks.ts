/** Through a SOCKS 5 proxy, with a name and a password (RFC 1929) where there are some. */
import { connect, type Socket } from 'node:net';
import { SocksClient } from 'socks';
import { ProxyError, type Place, type Proxy } from './proxy.ts';

/** Rejects with a ProxyError. */
export async function connectBySocks(proxy: Proxy, place: Place, signal: AbortSignal): Promise<Socket> {
  const { host, port, name, password } = proxy;
  const socket = connect({ host, port, noDelay: true });
  const abort = (): void => void socket.destroy(new ProxyError('silent'));
  signal.addEventListener('abort', abort);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (error) => reject(new ProxyError('unreachable', error)));
    });
    const login = name === '' && password === '' ? {} : { userId: name, password };
    await new Promise<void>((resolve, reject) => {
      const client = new SocksClient({
        command: 'connect',
        destination: place,
        proxy: { host, port, type: 5, ...login },
        // The signal comes first; the library keeps everything for so long, whatever comes of it.
        timeout: 15_000,
      });
      client.on('established', () => resolve());
      client.on('error', (error) => reject(new ProxyError(faultOf(error.message), error.message)));
      client.connect(socket);
    });
    return socket;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw error instanceof ProxyError ? error : new ProxyError('not-a-proxy', error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The library tells what went wrong in words only, the proxy's answer after them (RFC 1928 §6). */
function faultOf(message: string): ProxyError['fault'] {
  if (/authentication failed|no accepted authentication type/i.test(message)) return 'password';
  if (/rejected connection - (?:NetworkUnreachable|HostUnreachable|ConnectionRefused|TTLExpired)/.test(message)) {
    return 'no-way';
  }
  if (/rejected connection/.test(message)) return 'refuses';
  return /socket closed|ECONNRESET|EPIPE/i.test(message) ? 'closed' : 'not-a-proxy';
}
