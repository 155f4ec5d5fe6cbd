/** client.halo.devices: the person's own devices. */
import { fromHex, toHex, type Hex } from '../engine/bytes.ts';
import { CoveError } from '../engine/errors.ts';
import { CERT_LIMITS } from '../engine/halo/cert.ts';
import type { HostInvitation } from '../engine/invitation/invitation.ts';
import type { PeerStatus } from '../engine/mesh/mesh.ts';
import type { Cancel, Log } from '../engine/ports.ts';
import { check, SHAPES } from './arguments.ts';
import { runningEngine, type Engine } from './engine.ts';
import { Listeners } from '../engine/listeners.ts';
import type { Named } from './named.ts';
import { Space } from './space.ts';
import type { Network } from './network.ts';
import type { SpaceMeetingPoints } from './space-meeting-points.ts';

/** One device of this person. */
export interface OwnDevice {
  readonly deviceId: Hex;
  readonly name: string;
  /** The one that this runs on. */
  readonly current: boolean;
  readonly online: boolean;
  /** When it was last connected to this one, ms since 1970; undefined: never yet. */
  readonly lastSeen: number | undefined;
  /** Came before this device: removing it takes the recovery phrase. */
  readonly senior: boolean;
}

interface Source {
  readonly engine: () => Engine | undefined;
  readonly network: () => Network | undefined;
  readonly log: Log;
}

/** Long enough to walk to the other device, short enough not to be forgotten. */
const LIFETIME = 60 * 60_000;

/** The devices of this person: `client.halo.devices`. */
export class Devices {
  readonly #source: Source;
  readonly #changed: Listeners;
  /** The halo space as a space, for its meeting points and who is there; it has no notes. */
  #space: Space | undefined;

  constructor(source: Source) {
    this.#source = source;
    this.#changed = new Listeners(source.log);
  }

  /** For the client: the engine runs from now on. @internal */
  started(engine: Engine): void {
    this.#space = new Space(engine, this.#source.network, engine.halo.space);
    this.#space.onChange(() => this.#changed.call());
    engine.halo.onChange(() => this.#changed.call());
    engine.identity.onChange(() => this.#changed.call());
    engine.invitations.onChange(() => this.#changed.call());
    engine.seen.onChange(() => this.#changed.call());
  }

  /** For the client: the engine has ended. @internal */
  stopped(): void {
    this.#space = undefined;
  }

  /** This device first, then as they came; removed ones are not in it. */
  list(): readonly OwnDevice[] {
    const { identity, halo, mesh, seen } = this.#engine();
    const devices = [...identity.state().devices.entries()].filter(([, { revoked }]) => !revoked);
    const own = toHex(identity.deviceId);
    const place = devices.findIndex(([id]) => id === own);
    const connected = new Set(
      [halo.space, ...this.#engine().replicas.all()].flatMap((space) =>
        mesh
          .status(space.key)
          .peers.filter((peer) => peer.connected)
          .map((peer) => peer.deviceId),
      ),
    );
    return devices
      .map(([deviceId], at) => ({
        deviceId,
        name: this.nameOf(deviceId),
        current: deviceId === own,
        online: deviceId === own || connected.has(deviceId),
        lastSeen: seen.at(deviceId),
        senior: at < place,
      }))
      .sort((a, b) => Number(b.current) - Number(a.current));
  }

  /** The other ones in what the devices share beside the spaces, and how far each is. */
  get peers(): readonly Named<PeerStatus>[] {
    return this.#space?.peers ?? [];
  }

  /**
   * After a recovery by the phrase alone, until another own device has answered: whether the devices there were before
   * are still unknown here, or listed, so that lost ones can be removed. undefined: neither.
   */
  get lost(): 'unknown' | 'listed' | undefined {
    const { profile, identity } = this.#engine();
    if (profile.recovering !== 'phrase') return undefined;
    if (identity.state().devices.size === 1) return 'unknown';
    return this.list().length > 1 ? 'listed' : undefined;
  }

  /** What the person calls it, else what it called itself. */
  nameOf(deviceId: Hex): string {
    const engine = this.#source.engine();
    return engine?.halo.deviceName(deviceId) ?? engine?.identity.state().devices.get(deviceId)?.name ?? '';
  }

  /** Throws CoveError: argument-invalid, device-not-found, value-invalid. */
  rename(deviceId: Hex, name: string): void {
    check('name', SHAPES.text, name);
    const { identity, halo } = this.#engine();
    if (!identity.state().devices.has(deviceId)) throw new CoveError('device-not-found');
    halo.renameDevice(deviceId, name);
  }

  /**
   * Takes a device out of the identity, or several: all of them or, where one is refused, none. Their sessions end, the
   * keys of every space are made anew, and what they write from then on counts nowhere. With the phrase, or while this
   * device keeps it, any other device can go. Throws CoveError: device-not-found, device-senior, device-current,
   * phrase-invalid, phrase-mismatch, too-large (the identity has no room for it), and what the keychain says.
   */
  async revoke(deviceId: Hex | readonly Hex[], phrase?: string): Promise<void> {
    const engine = this.#engine();
    const { identity, profile } = engine;
    const deviceIds = Array.isArray(deviceId) ? [...new Set<Hex>(deviceId)] : [deviceId as Hex];
    if (!deviceIds.every((id) => identity.state().devices.has(id))) throw new CoveError('device-not-found');
    if (deviceIds.includes(toHex(identity.deviceId))) throw new CoveError('device-current');
    const root = await profile.root(phrase);
    try {
      identity.revoke(deviceIds.map(fromHex), root ?? undefined);
      // A stolen device may have removed this one meanwhile: whoever heard that first talks to this one no more.
      if (root !== null && this.list().some(({ current }) => !current)) engine.tellByPhrase();
    } finally {
      root?.sk.fill(0);
    }
  }

  /** The list of the space that one's own devices share. */
  get meetingPoints(): readonly SpaceMeetingPoints[] {
    return this.#space === undefined ? [] : [this.#space.meetingPoints];
  }

  /**
   * A code for a new device: valid for an hour, for one device, and always asked about here (`waiting`, `approve`).
   * Throws CoveError: too-many-devices, too-many-invitations, device-revoked.
   */
  invite(): { readonly invitation: HostInvitation } {
    if (this.#engine().identity.revoked()) throw new CoveError('device-revoked');
    if (this.list().length >= CERT_LIMITS.devices) throw new CoveError('too-many-devices');
    const engine = this.#engine();
    const named = this.#space?.meetingPoints.publishOwn();
    return {
      invitation: engine.invitations.createForDevice(engine.halo.space, { expiresInMs: LIFETIME, ...named }),
    };
  }

  /** Codes for devices that were made here, newest first. */
  get invitations(): readonly HostInvitation[] {
    const engine = this.#source.engine();
    return engine === undefined ? [] : engine.invitations.list(engine.halo.space);
  }

  /** After anything in the list, or any code for a device, changed. */
  onChange(fn: () => void): Cancel {
    return this.#changed.add(fn);
  }

  #engine(): Engine {
    return runningEngine(this.#source);
  }
}
