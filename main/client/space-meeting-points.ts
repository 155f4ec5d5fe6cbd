/**
 * The meeting points that a space names, so that its members find one another: used for as long as it names them, and
 * those of this device put there. Any editor writes that list, so of it only addresses that a stranger may give are used.
 */
import { SPACE_OBJECT } from '../engine/echo/space-objects.ts';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import { CoveError } from '../engine/errors.ts';
import { mayBeNamed, nearAddress, type HostAddress } from '../engine/meeting-address.ts';
import type { Cancel } from '../engine/ports.ts';
import type { Network } from './network.ts';

const FIELD = 'meetingPoints';
/** Looked for and written; a member's Cove that writes more is not obeyed. */
const MOST = 8;

export class SpaceMeetingPoints {
  readonly #objects: SpaceObjects;
  readonly #network: () => Network | undefined;
  readonly #used = new Map<string, Cancel>();
  readonly #stop: Cancel;

  constructor(objects: SpaceObjects, network: () => Network | undefined) {
    this.#objects = objects;
    this.#network = network;
    this.#stop = objects.onChange((objectIds) => void (objectIds.has(SPACE_OBJECT) && this.#meet()));
    this.#meet();
  }

  /** A meeting point goes into the space, so that members find this device again. */
  publish(url: string): void {
    const list = this.#named();
    if (!list.includes(url) && this.#valid(url)) this.#write([url, ...list]);
  }

  /** One that is named is looked at after the others, and the first to go where there are too many. */
  last(url: string): void {
    const list = this.#named();
    if (list.includes(url) && list.at(-1) !== url) this.#write([...list.filter((one) => one !== url), url]);
  }

  /** Puts those of this device there, and answers what an invitation code names of them. */
  publishOwn(): { readonly address?: HostAddress; readonly url?: string } {
    const { own, broker, loopback = false } = this.#network() ?? {};
    if (broker !== undefined) this.publish(broker);
    if (own?.named !== undefined) this.publish(own.url);
    // A code has room for one address and one URL with TLS.
    const near = broker === undefined ? undefined : nearAddress(broker, { loopback });
    const address = own?.named ?? near;
    return {
      ...(address === undefined ? {} : { address }),
      ...(broker === undefined || near !== undefined ? {} : { url: broker }),
    };
  }

  /** One that this device is no longer met at gives its place to another, or to none. */
  replace(old: string, url?: string): void {
    const list = this.#named();
    if (!list.includes(old)) return;
    const rest = list.filter((one) => one !== old && one !== url);
    this.#write(url !== undefined && this.#valid(url) ? [url, ...rest] : rest);
  }

  #write(list: readonly string[]): void {
    try {
      this.#objects.setSpaceField(FIELD, list.slice(0, MOST));
    } catch (error) {
      // A reader's device keeps its meeting point to itself.
      if (!(error instanceof CoveError && error.type === 'not-permitted')) throw error;
    }
  }

  close(): void {
    this.#stop();
    for (const drop of this.#used.values()) drop();
    this.#used.clear();
  }

  #meet(): void {
    const rendezvous = this.#network()?.rendezvous;
    const wanted = new Set(this.#named());
    for (const [url, drop] of this.#used) {
      if (wanted.has(url)) continue;
      drop();
      this.#used.delete(url);
    }
    if (rendezvous === undefined) return;
    for (const url of wanted) if (!this.#used.has(url)) this.#used.set(url, rendezvous.use(url, 'space'));
  }

  #named(): string[] {
    const list = this.#objects.spaceFields()[FIELD];
    if (!Array.isArray(list)) return [];
    return list.filter((url): url is string => typeof url === 'string' && this.#valid(url)).slice(0, MOST);
  }

  #valid(url: string): boolean {
    return mayBeNamed(url, { loopback: this.#network()?.loopback ?? false });
  }
}
