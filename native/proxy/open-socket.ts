/** A connection through a proxy. */
import type { Socket } from 'node:net';
import { connectByHttp } from './connect-http.ts';
import { connectBySocks } from './connect-socks.ts';
import { ProxyError, type Place, type Proxy } from './proxy.ts';

/** For all that a proxy does until it is through: it may have to find a name and to try several addresses. */
const PROXY_MS = 12_000;
/** No name is longer (RFC 1035 §2.3.4), and SOCKS has one byte for its length. */
const MAX_HOST = 253;

/** Connected to the place. Rejects with a ProxyError, also when `cancel` is aborted; then nothing is left open. */
export async function openThrough(proxy: Proxy, place: Place, cancel: AbortSignal, ms = PROXY_MS): Promise<Socket> {
  if (place.host.length > MAX_HOST) throw new ProxyError('no-way');
  const over = AbortSignal.any([cancel, AbortSignal.timeout(ms)]);
  try {
    over.throwIfAborted();
    const socket = await (proxy.protocol === 'socks5' ? connectBySocks : connectByHttp)(proxy, place, over);
    if (!over.aborted) return socket;
    socket.destroy();
    throw new ProxyError('silent');
  } catch (error) {
    throw over.aborted ? new ProxyError('silent', error) : error;
  }
}
