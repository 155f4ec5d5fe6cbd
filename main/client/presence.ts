/**
 * Who is here and where: what each device of a space says it shows, and its cursor as anchors in the text.
 * Presence is never stored. It also tells the database which objects others watch, so that edits reach them sooner.
 */
import { z } from 'zod';
import type { Hex } from '../engine/bytes.ts';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import type { Mesh } from '../engine/mesh/mesh.ts';
import type { Cancel, Log } from '../engine/ports.ts';
import { Listeners } from '../engine/listeners.ts';

/** What one device shows. Anchors are base64 of DocumentAuthority.anchor. */
export interface Showing {
  readonly objectId: Hex | null;
  readonly cursor?: { readonly field: string; readonly anchor: string; readonly head: string } | undefined;
}
/** What another device shows, and whose it is. */
export interface Present extends Showing {
  readonly deviceId: Hex;
  readonly identityId: Hex;
}

const anchor = z.string().max(256);
/** What peers send is checked like anything else from outside; what does not fit shows as "here, nowhere in particular". */
const schema = z.strictObject({
  objectId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .nullable(),
  cursor: z.strictObject({ field: z.string().max(64), anchor, head: anchor }).optional(),
});

/** Who is in a space at this moment, and what they show: `space.presence`. */
export class Presence {
  readonly #mesh: Mesh;
  readonly #objects: SpaceObjects;
  readonly #spaceKey: Hex;
  readonly #rows = new Map<Hex, Present>();
  readonly #changed: Listeners;
  readonly #cancel: Cancel;
  #watched = new Set<Hex>();

  constructor(mesh: Mesh, objects: SpaceObjects, spaceKey: Hex, log: Log) {
    this.#mesh = mesh;
    this.#objects = objects;
    this.#spaceKey = spaceKey;
    this.#changed = new Listeners(log);
    this.#cancel = mesh.onPresence(spaceKey, ({ deviceId, identityId, data }) => {
      if (data === null) this.#rows.delete(deviceId);
      else {
        const parsed = schema.safeParse(data);
        this.#rows.set(deviceId, { deviceId, identityId, ...(parsed.success ? parsed.data : { objectId: null }) });
      }
      this.#watch();
      this.#changed.call();
    });
  }

  /** Other devices that are connected and said where they are, if only that they are here; each for a minute without news. */
  get others(): readonly Present[] {
    return [...this.#rows.values()];
  }

  /**
   * Tells the others what this device shows: at once, then every 50 ms at most. `objectId` null: here, nowhere in particular.
   * What does not fit shows as that: an `objectId` that is none, a `field` of more than 64 characters, an anchor of more
   * than 256. Throws CoveError('message-too-large') above 16 KiB.
   */
  show({ objectId, cursor }: Showing): void {
    this.#mesh.setPresence(this.#spaceKey, cursor === undefined ? { objectId } : { objectId, cursor });
  }

  /** For the space, when its copy here is deleted. */
  close(): void {
    this.#cancel();
  }

  /** Calls `fn` after each change of who is there or what they show. */
  onChange(fn: () => void): Cancel {
    return this.#changed.add(fn);
  }

  #watch(): void {
    const watched = new Set([...this.#rows.values()].flatMap(({ objectId }) => (objectId === null ? [] : [objectId])));
    for (const id of watched) if (!this.#watched.has(id)) this.#objects.setWatched(id, true);
    for (const id of this.#watched) if (!watched.has(id)) this.#objects.setWatched(id, false);
    this.#watched = watched;
  }
}
