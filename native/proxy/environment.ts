/** HTTPS_PROXY, ALL_PROXY and NO_PROXY, in capital or small letters, as other programs of a terminal take them. */
import { getProxyForUrl } from 'proxy-from-env';
import { parseProxy } from './address.ts';
import type { Proxy } from './proxy.ts';

/** Of an https URL; undefined: none, or one that Cove cannot go through. */
export function proxyOfEnvironment(url: string): Proxy | undefined {
  const proxy = getProxyForUrl(url);
  // Without a scheme HTTP is meant; the library takes the one of the address that is asked for.
  const bare = /^https:\/\/(.*)/.exec(proxy)?.[1];
  const written = Object.entries(process.env).filter(([name]) => /^(?:https|all)_proxy$/i.test(name));
  const schemeless = bare !== undefined && written.some(([, value]) => value === bare);
  return parseProxy(schemeless ? `http://${bare}` : proxy);
}
