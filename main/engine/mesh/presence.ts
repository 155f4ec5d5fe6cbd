/**
 * Who is here, and where their cursor is: small JSON that goes from device to device, unsigned and unstored. It
 * lives as long as the session it came by, and at most a minute without news.
 */
import { z } from 'zod';
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { JsonValue } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import type { Cancel, Clock } from '../ports.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { MESH } from './limits.ts';

/** What a device shows of itself in a space: `objectId`, `field`, `anchor`, `head` and the like. At most 16 KiB. */
export type PresenceData = { readonly [key: string]: JsonValue };
export interface Presence {
  readonly deviceId: Hex;
  readonly identityId: Hex;
  /** null: it is gone, or looks at nothing. */
  readonly data: PresenceData | null;
}

export interface PresenceOptions {
  readonly clock: Clock;
  /** To every member's device that is connected in that space, or to one. */
  readonly send: (space: Hex, message: Uint8Array, device?: Hex) => void;
  readonly identityOf: (space: Hex, device: Hex) => Hex | undefined;
}

const messageSchema = z.tuple([z.literal('presence'), z.record(z.string().max(64), z.json()).nullable()]);

interface Own {
  data: PresenceData | null;
  sentAt: number;
  timer: Cancel | undefined;
  refresh: Cancel;
}
interface Theirs {
  readonly presence: Presence;
  readonly encoded: Hex;
  readonly expire: Cancel;
}

export class PresenceBoard {
  readonly #options: PresenceOptions;
  readonly #own = new Map<Hex, Own>();
  readonly #theirs = new Map<Hex, Map<Hex, Theirs>>();
  readonly #listeners = new Map<Hex, Set<(presence: Presence) => void>>();

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** null: nothing to show any more. Throws CoveError('message-too-large') above 16 KiB. Sent at once, then at most every 50 ms. */
  set(space: Hex, data: PresenceData | null): void {
    if (encode(data).length > MESH.ephemeral) throw new CoveError('message-too-large');
    const own = this.#own.get(space) ?? { data: null, sentAt: -Infinity, timer: undefined, refresh: () => undefined };
    this.#own.set(space, own);
    own.data = data;
    if (own.timer) return;
    const wait = own.sentAt + MESH.presenceEvery - this.#options.clock.monotonic();
    if (wait <= 0) this.#send(space, own);
    else own.timer = this.#options.clock.after(wait, () => this.#send(space, own));
  }

  /** What is known now, then every change. */
  on(space: Hex, fn: (presence: Presence) => void): Cancel {
    const listeners = this.#listeners.get(space) ?? new Set();
    this.#listeners.set(space, listeners.add(fn));
    for (const { presence } of this.#theirs.get(space)?.values() ?? []) fn(presence);
    return () => listeners.delete(fn);
  }

  /** A space opened towards a device: it hears where we are. */
  greet(space: Hex, device: Hex): void {
    const own = this.#own.get(space);
    if (own?.data) this.#options.send(space, encode(own.data), device);
  }

  /** False when the message is none that an honest peer sends. */
  receive(space: Hex, device: Hex, message: Uint8Array): boolean {
    let items: unknown;
    try {
      items = decodeCbor(message);
    } catch {
      return false;
    }
    // What a later version sends besides presence is not ours to judge.
    if (!Array.isArray(items) || items[0] !== 'presence') return Array.isArray(items);
    const parsed = messageSchema.safeParse(items);
    if (!parsed.success) return false;
    const data = parsed.data[1];
    if (data) this.#show(space, device, data as PresenceData, toHex(message));
    else this.drop(space, device);
    return true;
  }

  /** The device left the space or its session ended. */
  drop(space: Hex, device: Hex): void {
    const theirs = this.#theirs.get(space)?.get(device);
    if (!theirs) return;
    theirs.expire();
    this.#theirs.get(space)?.delete(device);
    this.#tell(space, { ...theirs.presence, data: null });
  }

  stop(): void {
    for (const own of this.#own.values()) {
      own.timer?.();
      own.refresh();
    }
    this.#own.clear();
    for (const [space, devices] of this.#theirs) for (const device of [...devices.keys()]) this.drop(space, device);
  }

  #show(space: Hex, device: Hex, data: PresenceData, encoded: Hex): void {
    const identityId = this.#options.identityOf(space, device);
    if (identityId === undefined) return;
    const devices = this.#theirs.get(space) ?? new Map<Hex, Theirs>();
    this.#theirs.set(space, devices);
    const old = devices.get(device);
    old?.expire();
    const presence = { deviceId: device, identityId, data };
    const expire = this.#options.clock.after(MESH.presenceLife, () => this.drop(space, device));
    devices.set(device, { presence, encoded, expire });
    if (old?.encoded !== encoded) this.#tell(space, presence);
  }

  #send(space: Hex, own: Own): void {
    own.timer = undefined;
    own.refresh();
    own.sentAt = this.#options.clock.monotonic();
    if (own.data) own.refresh = this.#options.clock.after(MESH.presenceRefresh, () => this.#send(space, own));
    this.#options.send(space, encode(own.data));
  }

  #tell(space: Hex, presence: Presence): void {
    for (const fn of [...(this.#listeners.get(space) ?? [])]) fn(presence);
  }
}

const encode = (data: PresenceData | null): Uint8Array => encodeCbor(['presence', data]);
