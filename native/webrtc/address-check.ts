/**
 * What stands between this computer and the internet: asks the address servers from one socket, and compares what they
 * saw. A router that shows the same port to two of them lets others in there; one that shows two ports does not.
 */
import { createSocket, type Socket } from 'node:dgram';
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { toHex } from '../../main/engine/bytes.ts';
import type { Cancel, Clock, Random } from '../../main/engine/ports.ts';
import { hasAddress } from '../networks.ts';
import { bindingRequest, mappedIn, TRANSACTION_BYTES, type Mapped } from './stun.ts';

/**
 * none: no server is named · no-answer: none answers, so no UDP gets out, or there is no internet · open: no router
 * translates addresses · cone: one port for everybody · symmetric: another port for each · unclear: one server answers
 */
export type AddressKind = 'none' | 'no-answer' | 'open' | 'cone' | 'symmetric' | 'unclear';

/** What servers outside saw of this device’s address: how many were asked, and how many answered. */
export interface AddressCheck {
  readonly kind: AddressKind;
  readonly asked: number;
  readonly answered: number;
}

export interface AddressCheckOptions {
  /** `stun:host:port` */
  readonly servers: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly bind: string | undefined;
  /** Default: the system's. */
  readonly lookup?: (name: string, options: { readonly family: 4 | 6 }) => Promise<{ readonly address: string }>;
}

/** A name that is not known by then counts as one of a server that does not answer: a dead name server takes half a minute. */
const NAME_MS = 3_000;
/** A question is asked again after these, ms, and no more is waited for after the last. */
const PATIENCE_MS = [300, 700, 2_000] as const;
const PORT = 3478;

/** By IPv4, which routers translate; where that answers nowhere, by IPv6. Never rejects. */
export async function checkAddress(options: AddressCheckOptions): Promise<AddressCheck> {
  const asked = options.servers.length;
  if (asked === 0) return { kind: 'none', asked: 0, answered: 0 };
  const [byFour, bySix] = await Promise.all([seenBy(4, options), seenBy(6, options)]);
  const seen = byFour.length > 0 ? byFour : bySix;
  return { kind: seen.length === 0 ? 'no-answer' : kindOf(seen), asked, answered: seen.length };
}

async function seenBy(family: 4 | 6, options: AddressCheckOptions): Promise<Mapped[]> {
  const { servers, clock, random, bind } = options;
  if (bind !== undefined && isIP(bind) !== family) return [];
  let cancel: Cancel = () => undefined;
  const late = new Promise<undefined>((resolve) => (cancel = clock.after(NAME_MS, () => resolve(undefined))));
  const found = await Promise.all(servers.map((server) => Promise.race([placeOf(server, family, options), late])));
  cancel();
  const places = new Map(found.flatMap((place) => (place ? [[`${place.ip} ${place.port}`, place] as const] : [])));
  if (places.size === 0) return [];
  const socket = await boundSocket(family, bind);
  return socket ? ask(socket, [...places.values()], clock, random) : [];
}

/** The one of which an answer is here first; undefined: none is within `ms`. Never rejects. */
export function firstToAnswer(options: AddressCheckOptions, ms: number): Promise<string | undefined> {
  const { servers, clock, random, bind } = options;
  const sockets: Socket[] = [];
  const timers: Cancel[] = [];
  let over = false;
  return new Promise((resolve) => {
    const end = (server: string | undefined): void => {
      if (over) return;
      over = true;
      for (const cancel of timers) cancel();
      for (const socket of sockets) socket.close();
      resolve(server);
    };
    timers.push(clock.after(ms, () => end(undefined)));
    const askBy = async (family: 4 | 6): Promise<void> => {
      const socket = bind === undefined || isIP(bind) === family ? await boundSocket(family, bind) : undefined;
      if (socket === undefined || over) return void socket?.close();
      sockets.push(socket);
      // A name that nobody knows keeps no other waiting.
      for (const server of servers) {
        void placeOf(server, family, options).then((place) => {
          if (place === undefined || over) return;
          const transaction = random.bytes(TRANSACTION_BYTES);
          socket.on('message', (bytes) => mappedIn(new Uint8Array(bytes), transaction) && end(server));
          const send = (): void => socket.send(bindingRequest(transaction), place.port, place.ip, () => undefined);
          send();
          timers.push(clock.after(PATIENCE_MS[0], send));
        });
      }
    };
    void askBy(4);
    void askBy(6);
  });
}

function kindOf(seen: readonly Mapped[]): AddressKind {
  if (seen.every(({ ip }) => hasAddress(ip))) return 'open';
  if (seen.length === 1) return 'unclear';
  return new Set(seen.map(({ ip, port }) => `${ip}:${port}`)).size === 1 ? 'cone' : 'symmetric';
}

/** What each of the places saw, of those that answered. */
async function ask(socket: Socket, places: readonly Mapped[], clock: Clock, random: Random): Promise<Mapped[]> {
  const seen = new Map<string, Mapped>();
  const open = new Map(places.map((place) => [random.bytes(TRANSACTION_BYTES), place] as const));
  let done: () => void = () => undefined;
  socket.on('message', (bytes) => {
    for (const transaction of open.keys()) {
      const mapped = mappedIn(new Uint8Array(bytes), transaction);
      if (mapped) seen.set(toHex(transaction), mapped);
    }
    if (seen.size === open.size) done();
  });
  for (const patience of PATIENCE_MS) {
    if (seen.size === open.size) break;
    for (const [transaction, { ip, port }] of open) {
      if (!seen.has(toHex(transaction))) socket.send(bindingRequest(transaction), port, ip, () => undefined);
    }
    await new Promise<void>((resolve) => {
      const cancel = clock.after(patience, resolve);
      done = () => (cancel(), resolve());
    });
  }
  socket.close();
  return [...seen.values()];
}

async function placeOf(
  server: string,
  family: 4 | 6,
  { lookup = systemLookup }: AddressCheckOptions,
): Promise<Mapped | undefined> {
  const [, six, name = six ?? '', port = `${PORT}`] = /^stun:(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(server) ?? [];
  if (name === '') return undefined;
  try {
    const { address } = await lookup(name, { family });
    return isIP(address) === family ? { ip: address, port: Number(port) } : undefined;
  } catch {
    return undefined;
  }
}

async function boundSocket(family: 4 | 6, bind: string | undefined): Promise<Socket | undefined> {
  const socket = family === 4 ? createSocket('udp4') : createSocket({ type: 'udp6', ipv6Only: true });
  return new Promise((resolve) => {
    socket.on('error', () => resolve(undefined));
    socket.bind(0, bind ?? (family === 4 ? '0.0.0.0' : '::'), () => resolve(socket));
  });
}
