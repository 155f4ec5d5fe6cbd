/**
 * The meeting points of a space, so that its members find one another: those that whoever manages it names for everybody,
 * and those that members' devices have put there, as this one does. Any editor writes the second list, and any admin the
 * first, so of both only addresses that a stranger may give are used, and few.
 */
import { SPACE_OBJECT } from '../engine/echo/space-objects.ts';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import type { Replica } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import {
  MOST_NAMED,
  inLowerCase,
  isBrokerUrl,
  mayBeNamed,
  mayBeNamedForAll,
  nearAddress,
  type HostAddress,
} from '../engine/meeting-address.ts';
import type { Cancel, MeetingPointSource } from '../engine/ports.ts';
import type { Network } from './network.ts';

const FIELD = 'meetingPoints';
/** Looked for and written; a member's Cove that writes more is not obeyed. */
const MOST = 8;

/** Meeting points that a space names for its members: `space.meetingPoints`. */
export class SpaceMeetingPoints {
  readonly #objects: SpaceObjects;
  readonly #network: () => Network | undefined;
  readonly #replica: Pick<Replica, 'authority' | 'onAuthority'> | undefined;
  readonly #used = new Map<string, { readonly source: MeetingPointSource; readonly drop: Cancel }>();
  readonly #stops: readonly Cancel[];

  /** `replica`: where the first list is read; absent: there is none. */
  constructor(
    objects: SpaceObjects,
    network: () => Network | undefined,
    replica?: Pick<Replica, 'authority' | 'onAuthority'>,
  ) {
    this.#objects = objects;
    this.#network = network;
    this.#replica = replica;
    this.#stops = [
      objects.onChange((objectIds) => void (objectIds.has(SPACE_OBJECT) && this.#meet())),
      ...(replica === undefined ? [] : [replica.onAuthority(() => this.#meet())]),
    ];
    this.#meet();
  }

  /** Those that are named for everybody, as far as they may be dialled. */
  get named(): readonly string[] {
    const { urls = [] } = this.#replica?.authority().namedMeetingPoints() ?? {};
    return urls.filter((url) => mayBeNamedForAll(url, { loopback: this.#loopback }));
  }

  /** As they can be named for everybody, each once. Throws CoveError: meeting-point-not-for-all, too-many-meeting-points. */
  checkedForAll(urls: readonly string[]): readonly string[] {
    const spelt = urls.map(inLowerCase);
    const list = [...new Set(spelt)];
    const wrong = spelt.findIndex((url) => !mayBeNamedForAll(url, { loopback: this.#loopback }));
    if (wrong >= 0) throw new CoveError('meeting-point-not-for-all', { number: wrong + 1 });
    if (list.length > MOST_NAMED) throw new CoveError('too-many-meeting-points');
    return list;
  }

  /** Those of both lists, also one that is switched off on this device. */
  get used(): readonly string[] {
    return [...this.#used.keys()];
  }

  /** A meeting point goes into the space, so that members find this device again. */
  publish(url: string): void {
    const list = this.#listed();
    if (!list.includes(url) && this.#valid(url)) this.#write([url, ...list]);
  }

  /** One that is named is looked at after the others, and the first to go where there are too many. */
  last(url: string): void {
    const list = this.#listed();
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
    const url = broker === undefined || near !== undefined ? this.#forGuests() : broker;
    return { ...(address === undefined ? {} : { address }), ...(url === undefined ? {} : { url }) };
  }

  /** One that this device is no longer met at gives its place to another, or to none. */
  replace(old: string, url?: string): void {
    const list = this.#listed();
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

  /** For the space: it ends. @internal */
  close(): void {
    for (const stop of this.#stops) stop();
    for (const { drop } of this.#used.values()) drop();
    this.#used.clear();
  }

  /** Of those named for everybody one that answers, else the first: whoever is invited may reach no other. */
  #forGuests(): string | undefined {
    const { off } = this.#network() ?? {};
    const named = this.named.filter((url) => isBrokerUrl(url, { loopback: this.#loopback }) && !off?.has(url));
    const online = new Set(
      this.#network()
        ?.rendezvous.health()
        .flatMap((row) => (row.state === 'online' ? [row.url] : [])),
    );
    return named.find((url) => online.has(url)) ?? named[0];
  }

  #meet(): void {
    const rendezvous = this.#network()?.rendezvous;
    const named = new Set(this.named);
    const wanted = new Map<string, MeetingPointSource>();
    for (const url of named) wanted.set(url, 'named');
    for (const url of this.#listed()) if (!named.has(url)) wanted.set(url, 'space');
    // The new ones first: one that stays for another reason keeps its connection.
    const before = new Map([...this.#used].filter(([url, { source }]) => wanted.get(url) !== source));
    if (rendezvous !== undefined) {
      for (const [url, source] of wanted) {
        if (this.#used.get(url)?.source !== source) this.#used.set(url, { source, drop: rendezvous.use(url, source) });
      }
    }
    for (const [url, { drop }] of before) {
      if (!wanted.has(url)) this.#used.delete(url);
      drop();
    }
  }

  #listed(): string[] {
    const list = this.#objects.spaceFields()[FIELD];
    if (!Array.isArray(list)) return [];
    return list.filter((url): url is string => typeof url === 'string' && this.#valid(url)).slice(0, MOST);
  }

  #valid(url: string): boolean {
    return mayBeNamed(url, { loopback: this.#loopback });
  }

  get #loopback(): boolean {
    return this.#network()?.loopback ?? false;
  }
}
