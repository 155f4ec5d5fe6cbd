/**
 * Somebody on the network around who says that it shares a space with us, by the nonce of its beacon. Anybody there may say
 * the same again from an address of his own, and keep quiet when he is dialled. So each address counts for itself: a few of
 * one neighbour are remembered, one of which nothing came rests ever longer, and while nothing has come of one the next one
 * is dialled.
 */
import type { Hex } from '../bytes.ts';
import type { Cancel, Clock, HeardBeacon } from '../ports.ts';
import { MESH } from './limits.ts';

/** One address of a neighbour. */
export interface Whereabouts {
  /** The latest that was said from there and not dialled since. */
  heard: HeardBeacon | undefined;
  dialling: boolean;
  /** Not dialled before; grows while nothing comes of it. Monotonic ms. */
  notBefore: number;
  failures: number;
}

export class Neighbour {
  /** Once it has proven who it is, at whichever address. */
  device: Hex | undefined;
  /** Of the timer until the next dial. */
  waiting: Cancel = () => undefined;
  readonly #clock: Clock;
  /** By address without its port, of which one computer has many. The one that was dialled last is the last. */
  readonly #places = new Map<string, Whereabouts>();
  /** The same for all addresses. */
  #notBefore = 0;
  #failures = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get resting(): boolean {
    return this.#clock.monotonic() < this.#notBefore;
  }

  /** Is to be dialled, `later` so many ms than it might be: only the first address of several that are heard waits for that. */
  hear(heard: HeardBeacon, later: number): void {
    const { ip } = heard.address;
    const known = this.#places.get(ip);
    if (known?.dialling || (known === undefined && !this.#makeRoom())) return;
    const idle = [...this.#places.values()].every((place) => !place.dialling && place.heard === undefined);
    if (idle) this.#notBefore = Math.max(this.#notBefore, this.#clock.monotonic()) + later;
    const place = known ?? { heard, dialling: false, notBefore: 0, failures: 0 };
    place.heard = heard;
    this.#places.set(ip, place);
  }

  /** Milliseconds until somebody is to be dialled; undefined: nobody, nothing was heard since. */
  wait(): number | undefined {
    const times = this.#heard().map(([, { notBefore }]) => notBefore);
    if (times.length === 0) return undefined;
    return Math.max(0, Math.max(this.#notBefore, Math.min(...times)) - this.#clock.monotonic());
  }

  /** Which one to dial, once there is none to wait for: of which least often nothing came, and of those the longest ago. */
  take(): { readonly place: Whereabouts; readonly heard: HeardBeacon } {
    const now = this.#clock.monotonic();
    const due = this.#heard().filter(([, { notBefore }]) => notBefore <= now);
    const [first] = due.sort(([, a], [, b]) => a.failures - b.failures);
    if (first === undefined) throw new Error('nobody is to be dialled yet');
    const [ip, place] = first;
    const heard = place.heard as HeardBeacon;
    this.#places.delete(ip);
    this.#places.set(ip, Object.assign(place, { heard: undefined, dialling: true }));
    const doublings = Math.floor(this.#failures / MESH.lanAddresses);
    this.rest(Math.min(MESH.lanNext * 2 ** doublings, MESH.lanNextLongest));
    return { place, heard };
  }

  /** It proved to be this device. */
  found(place: Whereabouts, device: Hex): void {
    this.device = device;
    this.#failures = 0;
    Object.assign(place, { dialling: false, failures: 0 });
    this.rest(MESH.lanFirst);
  }

  /** Nothing came of it. */
  failed(place: Whereabouts): void {
    this.#failures++;
    place.failures++;
    place.dialling = false;
    const pause = Math.min(MESH.lanFirst * 2 ** place.failures, MESH.lanLongest);
    place.notBefore = this.#clock.monotonic() + pause;
  }

  /** At no address for so many ms. */
  rest(ms: number): void {
    this.#notBefore = this.#clock.monotonic() + ms;
  }

  /** Is not to be dialled, whatever was heard. */
  leave(): void {
    for (const place of this.#places.values()) place.heard = undefined;
  }

  /** Forgets every back-off. */
  forgive(): void {
    this.#notBefore = 0;
    this.#failures = 0;
    for (const place of this.#places.values()) Object.assign(place, { notBefore: 0, failures: 0 });
  }

  /** For one address more, in place of one that is known and of which nothing came, or nothing is heard: none that waits for its turn. */
  #makeRoom(): boolean {
    if (this.#places.size < MESH.lanAddresses) return true;
    const [worst] = [...this.#places]
      .filter(([, { dialling, failures, heard }]) => !dialling && (failures > 0 || heard === undefined))
      .sort(([, a], [, b]) => b.failures - a.failures);
    return worst !== undefined && this.#places.delete(worst[0]);
  }

  #heard(): [string, Whereabouts][] {
    return [...this.#places].filter(([, { heard }]) => heard !== undefined);
  }
}
