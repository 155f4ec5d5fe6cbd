/**
 * What stands between this computer and the internet: asks the address servers from one socket, and compares what they
 * saw. A router that shows the same port to two of them lets others in there; one that shows two ports does not.
 */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { toHex } from '../../main/engine/bytes.ts';
import type { Clock, Random } from '../../main/engine/ports.ts';
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
}

/** A question is asked again after these, ms, and no more is waited for after the last. */
const PATIENCE_MS = [300, 700, 2_000];
const PORT = 3478;

/** Never rejects. */
export async function checkAddress({ servers, clock, random, bind }: AddressCheckOptions): Promise<AddressCheck> {
  if (servers.length === 0) return { kind: 'none', asked: 0, answered: 0 };
  const found = await Promise.all(servers.map(placeOf));
  const places = new Map(found.flatMap((place) => (place ? [[`${place.ip}:${place.port}`, place] as const] : [])));
  const socket = await boundSocket(bind);
  const seen = socket ? await ask(socket, [...places.values()], clock, random) : [];
  const kind = seen.length === 0 ? 'no-answer' : kindOf(seen);
  return { kind, asked: servers.length, answered: seen.length };
}

function kindOf(seen: readonly Mapped[]): AddressKind {
  const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
  if (seen.every(({ ip }) => own.includes(ip))) return 'open';
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

async function placeOf(server: string): Promise<Mapped | undefined> {
  const [, host = '', port = `${PORT}`] = /^stun:([^:]+)(?::(\d+))?$/.exec(server) ?? [];
  try {
    return { ip: (await lookup(host, { family: 4 })).address, port: Number(port) };
  } catch {
    return undefined;
  }
}

async function boundSocket(bind: string | undefined): Promise<Socket | undefined> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.on('error', () => resolve(undefined));
    socket.bind(0, bind ?? '0.0.0.0', () => resolve(socket));
  });
}
