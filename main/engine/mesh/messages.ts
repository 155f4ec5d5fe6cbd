/**
 * Messages between those who are connected in a space: small JSON on a named channel, unsigned and unstored, that may
 * be lost. In an `ephemeral` frame, one CBOR array:
 *
 *   ['message', channel, value]      channel: 1 to 64 characters; all of it at most 16 KiB
 *
 * Versions before it take no notice of one.
 */
import { isJson } from '../echo/json-value.ts';
import type { Hex } from '../bytes.ts';
import type { JsonValue } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { Cancel, Clock, Log } from '../ports.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { MESH } from './limits.ts';
import { Pace } from './pace.ts';

export interface Message {
  readonly channel: string;
  readonly value: JsonValue;
  /** Who sent it: a member, over a session that has proven who it is. */
  readonly deviceId: Hex;
  readonly identityId: Hex;
}

export interface MessagesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** To every member's device that is connected in that space and may read it. */
  readonly send: (space: Hex, message: Uint8Array) => void;
  /** The identity of a device that may read the space. */
  readonly readerOf: (space: Hex, device: Hex) => Hex | undefined;
}

export class Messages {
  readonly #options: MessagesOptions;
  readonly #listeners = new Map<Hex, Listeners<[message: Message]>>();
  readonly #sent = new Map<Hex, Pace>();
  /** By device and space, until its session ends. */
  readonly #heard = new Map<Hex, Map<Hex, Pace>>();

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  /** Throws CoveError: value-invalid, message-too-large, too-many-messages. */
  post(space: Hex, channel: string, value: JsonValue): void {
    if (!isChannel(channel) || !isJson(value, NESTED)) throw new CoveError('value-invalid');
    const message = encodeCbor(['message', channel, value]);
    if (message.length > MESH.ephemeral) throw new CoveError('message-too-large');
    const pace = paced(this.#sent, space, () => new Pace(this.#options.clock, MESH.messageRate));
    if (pace.wait() > 0) throw new CoveError('too-many-messages');
    pace.took();
    this.#options.send(space, message);
  }

  on(space: Hex, fn: (message: Message) => void): Cancel {
    const listeners = this.#listeners.get(space) ?? new Listeners<[message: Message]>(this.#options.log);
    this.#listeners.set(space, listeners);
    const cancel = listeners.add(fn);
    return () => {
      cancel();
      if (listeners.size === 0 && this.#listeners.get(space) === listeners) this.#listeners.delete(space);
    };
  }

  /** False when it is none that an honest peer sends. What comes faster than an honest one posts is dropped. */
  receive(space: Hex, device: Hex, bytes: Uint8Array): boolean {
    let items: unknown;
    try {
      items = decodeCbor(bytes);
    } catch {
      return false;
    }
    if (!Array.isArray(items)) return false;
    const [kind, channel, value, ...more] = items as unknown[];
    if (kind !== 'message') return true; // presence, or what a later version sends
    if (items.length < 3 || more.length > 0 || !isChannel(channel) || !isJson(value, NESTED)) return false;
    const paces = paced(this.#heard, device, () => new Map<Hex, Pace>());
    const pace = paced(paces, space, () => new Pace(this.#options.clock, MESH.messageHeardRate));
    if (pace.wait() > 0) return true;
    pace.took();
    const identityId = this.#options.readerOf(space, device);
    if (identityId === undefined) return true;
    this.#listeners.get(space)?.call({ channel, value, deviceId: device, identityId });
    return true;
  }

  /** Its session ended. */
  drop(device: Hex): void {
    this.#heard.delete(device);
  }
}

/** The array around a value is one level of what is read. */
const NESTED = 1;

const isChannel = (value: unknown): value is string =>
  typeof value === 'string' && value.length >= 1 && value.length <= 64;

function paced<K, V>(all: Map<K, V>, key: K, make: () => V): V {
  const known = all.get(key);
  if (known !== undefined) return known;
  const made = make();
  all.set(key, made);
  return made;
}
