/** A hand that speaks for a device whose own program is stopped: what it is told, on each way, and what not. */
import { concat, equal, toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { sharedSecret } from '../../../main/engine/crypto/box.ts';
import { lanTag, pairKeys, sessionTag, topic as topicName } from '../../../main/engine/crypto/keys.ts';
import type { MeetingKeys } from '../../../main/engine/echo/replica.ts';
import { decodeFrame, encodeFrame } from '../../../main/engine/mesh/frames.ts';
import type { Frame } from '../../../main/engine/mesh/frames.ts';
import { greet } from '../../../main/engine/mesh/greet.ts';
import type { Proven } from '../../../main/engine/mesh/handshake.ts';
import type { SecureChannel } from '../../../main/engine/mesh/secure-channel.ts';
import { openCall, openSignal, sealAnnounce } from '../../../main/engine/mesh/signals.ts';
import type { LanAddress } from '../../../main/engine/ports.ts';
import type { SimNet } from '../net/sim-net.ts';
import type { TestDevice } from './devices.ts';
import { HELLO } from './stage.ts';

const DAY = 86_400_000;

/** What two devices alone can compute for a space. */
export function pairOf(one: TestDevice, other: TestDevice, spaceId: Uint8Array): MeetingKeys {
  const secret = sharedSecret(other.profile.identity.keys.box.pk, one.profile.identity.keys.box.sk);
  return pairKeys(secret, spaceId);
}

export class Hand {
  readonly #net: SimNet;
  readonly #device: TestDevice;

  constructor(net: SimNet, device: TestDevice) {
    this.#net = net;
    this.#device = device;
  }

  /** Dials an address as somebody who is under these keys there; undefined: nobody took it. */
  async dial(address: LanAddress, place: MeetingKeys): Promise<HandSession | undefined> {
    const net = this.#net;
    const { identity } = this.#device.profile;
    const lan = net.lan('hand');
    const channel = await net.complete(lan.dial(address), 10_000);
    let answer: Uint8Array | undefined;
    channel.onMessage((message) => (answer = message));
    channel.send(new Uint8Array(0));
    await net.run(1_000);
    const nonce = answer?.slice(0, 8);
    if (!nonce) throw new Error('nobody is there');
    channel.send(concat(nonce, lanTag(place.discovery, this.#today(), nonce), new Uint8Array(8)));
    let session: HandSession | undefined;
    greet({
      channel,
      initiator: true,
      topicKind: 'lan',
      psk: place.sessionPsk,
      self: { deviceId: identity.deviceId, instance: new Uint8Array(8), noise: identity.keys.noise },
      random: net.random('hand'),
      clock: net.clock('hand'),
      log: () => undefined,
      judge: () => true,
      onProven: (proven, secure) => (session = new HandSession(net, proven, secure)),
      onFailed: () => undefined,
    });
    await net.run(2_000);
    await lan.close();
    return session?.got.length === 0 ? undefined : session; // a listener that refuses it closes without a word
  }

  /** Announces the device for two minutes wherever these keys lead to; returns what others say there, to it or to all. */
  async announce(places: readonly MeetingKeys[], others: readonly TestDevice[]): Promise<string[]> {
    const net = this.#net;
    const { identity } = this.#device.profile;
    const random = net.random('hand');
    const rendezvous = net.rendezvous('hand');
    const heard = new Set<string>();
    const open = places.flatMap(({ discovery, signalKey, keyId }) =>
      [-1, 0, 1].map((offset) => {
        const seal = { topic: topicName(discovery, this.#today() + offset), signalKey, keyId };
        const topic = rendezvous.open(seal.topic, (bytes) => {
          const signal = openSignal(seal, bytes);
          if (signal?.type === 'announce' && !equal(signal.deviceId, identity.deviceId)) heard.add('announce');
          if (signal?.type !== 'directed' || !equal(signal.to, identity.deviceId)) return;
          const from = others.find(({ profile }) => equal(profile.identity.deviceId, signal.from));
          const call = from && openCall(signal, from.profile.identity.keys.box.pk, identity.keys.box);
          heard.add(call?.type ?? 'unreadable');
        });
        return { seal, topic };
      }),
    );
    for (let i = 0; i < 12; i++) {
      for (const { seal, topic } of open) {
        const announce = { instance: new Uint8Array(8), nA: random.bytes(16), boxPk: identity.keys.box.pk };
        topic.send(sealAnnounce(seal, identity.keys.sign, announce, random));
      }
      await net.run(10_000);
    }
    for (const { topic } of open) topic.close();
    return [...heard].sort();
  }

  #today(): number {
    return Math.floor(this.#net.clock('hand').now() / DAY);
  }
}

export class HandSession {
  readonly #net: SimNet;
  readonly #proven: Proven;
  readonly #secure: SecureChannel;
  readonly got: { readonly channel: number; readonly frame: Frame }[] = [];
  #channels = 0;

  constructor(net: SimNet, proven: Proven, secure: SecureChannel) {
    this.#net = net;
    this.#proven = proven;
    this.#secure = secure;
    secure.onMessage((channel, message) => {
      const frame = decodeFrame(channel, message);
      if (frame) this.got.push({ channel, frame });
    });
    this.#send(0, HELLO);
  }

  /** Asks for a space by this name, and for whatever there is in it; returns the names of frames that came, each once. */
  async open(discovery: Uint8Array): Promise<string[]> {
    const before = this.got.length;
    const channel = ++this.#channels;
    const since = () => this.got.slice(before).map(({ frame }) => frame);
    this.#send(0, { type: 'tags', tags: [this.#tag(discovery, 'dialer')] });
    this.#send(0, { type: 'space-open', channel, tag: this.#tag(discovery, 'dialer') });
    await this.#net.run(1_000);
    for (const frame of since()) {
      if (frame.type !== 'have') continue;
      this.#send(channel, { type: 'want', ranges: frame.heads.map(([log, seq]) => [log, 1, seq]) });
    }
    // Whoever is told no heads may know of a log.
    this.#send(channel, { type: 'want', ranges: [[new Uint8Array(16), 1, 1]] });
    await this.#net.run(1_000);
    return [...new Set(since().map(({ type }) => type))].filter((type) => type !== 'ping').sort();
  }

  /** Whether the other end calls one of its spaces so. */
  isNamed(discovery: Uint8Array): boolean {
    const tag = this.#tag(discovery, 'listener');
    return this.got.some(({ frame }) => frame.type === 'tags' && frame.tags.some((one) => equal(one, tag)));
  }

  /** Headers of the entries that came. */
  get entries(): Hex[] {
    const headers = this.got.flatMap(({ frame }) => (frame.type === 'entries' ? frame.entries : []));
    return headers.map(([header]) => toHex(header));
  }

  close(): void {
    this.#secure.close();
  }

  #tag(discovery: Uint8Array, side: 'dialer' | 'listener'): Uint8Array {
    return sessionTag(discovery, this.#proven.h, side);
  }

  #send(channel: number, frame: Frame): void {
    this.#secure.send(channel, encodeFrame(frame));
  }
}
