/** Which way connections go out: directly, as the system says, or through a proxy that the person has named. */
import { isPrivateAddress } from '../../native/mqtt/addresses.ts';
import { parseProxy, routesOfPac, shownProxy, urlToAsk, writtenProxy } from '../../native/proxy/address.ts';
import type { Proxy, Route, Routes } from '../../native/proxy/proxy.ts';
import { proxyOfEnvironment } from '../../native/proxy/environment.ts';
import { CoveError } from '../engine/errors.ts';
import type { Clock, Log } from '../engine/ports.ts';
import type { Spelling } from './server-passwords.ts';

/** Answers for an https URL in the words of a PAC file, `PROXY host:port; DIRECT`. */
export type SystemProxy = (url: string) => Promise<string>;

/** `none`, `system`, or the address of a proxy. */
export type ProxyChoice = string;
/** The same, read. */
export type ProxyInUse = 'none' | 'system' | Proxy;

export const PROXIES: Spelling = {
  kept: 'mesh.proxy-password',
  place: (given) => withoutProxyPassword(given),
  passwordOf: (given) => parseProxy(given)?.password ?? '',
  withPassword(given, password) {
    const proxy = parseProxy(given);
    return proxy === undefined ? given : writtenProxy({ ...proxy, password });
  },
};

/** What may be shown, logged and kept beside the database; empty where it cannot be told what of it is the password. */
export function withoutProxyPassword(given: string): string {
  if (isWord(given)) return given;
  const proxy = parseProxy(given);
  return proxy === undefined ? '' : shownProxy(proxy);
}

const isWord = (choice: ProxyChoice): choice is 'none' | 'system' => choice === 'none' || choice === 'system';

/** Throws CoveError: proxy-invalid. */
export function parseProxyChoice(choice: ProxyChoice): ProxyInUse {
  if (isWord(choice)) return choice;
  const proxy = parseProxy(choice);
  // The address itself may not be said: who knows what of it is the password.
  if (proxy === undefined) throw new CoveError('proxy-invalid');
  return proxy;
}

export const writtenChoice = (proxy: ProxyInUse): ProxyChoice =>
  typeof proxy === 'string' ? proxy : writtenProxy(proxy);

/** A system that has a script to load may take a while; one that does not answer is as good as one without a proxy. */
const SYSTEM_MS = 8_000;

export interface ProxiesOptions {
  /** Asked each time: it may be changed. */
  readonly choice: () => ProxyInUse;
  readonly system: SystemProxy | undefined;
  /** Everything is bound to this computer: then what the system says is for nothing. */
  readonly loopback: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is near, on this computer or in its own network, is never gone to through a proxy: that stands elsewhere. */
export function createRoutes({ choice, system, loopback, clock, log }: ProxiesOptions): Routes {
  return (place) => {
    const chosen = choice();
    if (chosen === 'none' || isPrivateAddress(place.host) || place.host === 'localhost') return undefined;
    if (chosen !== 'system') return Promise.resolve([chosen]);
    if (loopback) return undefined;
    const url = urlToAsk(place);
    if (system === undefined) {
      const proxy = proxyOfEnvironment(url);
      return proxy && Promise.resolve([proxy]);
    }
    return asked(system, url, { clock, log });
  };
}

function asked(
  system: SystemProxy,
  url: string,
  { clock, log }: Pick<ProxiesOptions, 'clock' | 'log'>,
): Promise<readonly [Route, ...Route[]]> {
  return new Promise((resolve) => {
    const say = (routes: readonly Route[]): void => {
      cancel();
      const [first, ...rest] = routes;
      resolve([first, ...rest]);
    };
    const fail = (reason: string): void => {
      log('system-proxy-unknown', { reason });
      say([]);
    };
    const cancel = clock.after(SYSTEM_MS, () => fail('no answer'));
    system(url).then(
      (answer) => say(routesOfPac(answer)),
      (error: unknown) => fail(String(error)),
    );
  });
}
