/** Rows of table.ts for what comes before a session: beacons, address answers, relays, handshakes, and sync bundles. */
import {
  ByteReader,
  encodeChunk,
  encodeHead,
  readChunk,
  readHead,
  WRAP_BYTES,
} from '../../../main/engine/bundle/format.ts';
import { concat, fromHex, lp, utf8 } from '../../../main/engine/bytes.ts';
import * as keys from '../../../main/engine/crypto/keys.ts';
import { LABEL } from '../../../main/engine/crypto/labels.ts';
import { NoiseError, NoiseHandshake } from '../../../main/engine/crypto/noise.ts';
import { readControl } from '../../../main/engine/echo/provisional.ts';
import type { RawEntry } from '../../../main/engine/echo/replica.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import { decodeCbor, encodeCbor } from '../../../main/engine/mesh/cbor.ts';
import { HandshakeRefused, MemberHandshake } from '../../../main/engine/mesh/handshake.ts';
import { decodeRelayFrame, encodeRelayFrame } from '../../../main/engine/mesh/relay-frames.ts';
import { decodeBeacon, encodeBeacon } from '../../../native/lan/beacon.ts';
import { decodeMdns, encodeMdns } from '../../../native/lan/mdns.ts';
import { mappedIn } from '../../../native/webrtc/stun.ts';
import { FromStream } from '../../../native/webrtc/turn-stream.ts';
import entries from '../../vectors/entries.json' with { type: 'json' };
import { Prng } from '../../engine/net/prng.ts';
import { input } from '../../vectors/input.ts';
import type { Decoder } from './trial.ts';

export function ofNetwork(): Decoder[] {
  return [...ofNeighbours(), ...ofHandshakes(), ...ofBundles(), farewell()];
}

function ofNeighbours(): Decoder[] {
  const tags = [input('tag', 6), input('tag 2', 6)];
  const beacon = { nonce: input('nonce', 8), port: 47_000, asks: true };
  const on = { ip: '192.168.7.2', family: 'ipv4', cidr: '192.168.7.2/24', name: 'eth0', zone: 'eth0' } as const;
  const transaction = input('transaction', 12);
  const mapped = [0, 0x20, 0, 8, 0, 1, 0x12, 0x34, 0x5e, 0x12, 0xa4, 0x43];
  const software = [0x80, 0x22, 0, 3, 65, 66, 67, 0];
  const stun = (attributes: readonly number[]): Uint8Array =>
    concat(Uint8Array.of(1, 1, 0, attributes.length, 0x21, 0x12, 0xa4, 0x42), transaction, Uint8Array.from(attributes));
  const turn = concat(stun([...software, ...mapped]), Uint8Array.of(0x40, 1, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0));
  const frame = { number: 7, next: 3, seen: 5, flags: 0, bytes: new Prng('frame').bytes(64) };
  return [
    {
      name: 'beacon on the local network',
      valid: [...encodeBeacon({ ...beacon, tags }), ...encodeBeacon({ ...beacon, tags: [], asks: false })],
      read: decodeBeacon,
    },
    { name: 'mDNS message', valid: encodeMdns({ ...beacon, tags }, on), read: (bytes) => decodeMdns(bytes, on.ip) },
    {
      name: 'answer of a STUN server',
      valid: [stun(mapped), stun([...software, ...mapped])],
      read: (bytes) => mappedIn(bytes, transaction),
    },
    {
      // In two pieces: what is read of a stream ends anywhere.
      name: 'stream of a TURN server',
      valid: [turn],
      read(bytes) {
        const stream = new FromStream();
        const half = bytes.length >> 1;
        return stream.read(bytes.subarray(0, half)) && stream.read(bytes.subarray(half));
      },
    },
    { name: 'relay frame', valid: [encodeRelayFrame(frame)], read: decodeRelayFrame },
  ];
}

/** Each message as it is sent, and behind its seal, where an honest key is in a hostile hand. */
function ofHandshakes(): Decoder[] {
  const [one, two] = [keys.deviceKeys(input('dms')), keys.deviceKeys(input('dms 2'))] as const;
  const [dialer, listener] = [input('fingerprint of the dialer'), input('fingerprint of the listener')];
  const psk = keys.epochKeys(input('K_e'), input('M_e'), keys.spaceId(utf8('genesis payload'))).sessionPsk;
  const end = (initiator: boolean): MemberHandshake =>
    new MemberHandshake({
      initiator,
      topicKind: 'mqtt',
      psk,
      localFingerprint: initiator ? dialer : listener,
      remoteFingerprint: initiator ? listener : dialer,
      self: initiator
        ? { deviceId: one.sign.pk, instance: input('instance', 8), noise: one.noise }
        : { deviceId: two.sign.pk, instance: input('instance 2', 8), noise: two.noise },
      random: new Prng(initiator ? 'dialer' : 'listener'),
      judge: () => true,
    });
  const hostile = (initiator: boolean): NoiseHandshake =>
    new NoiseHandshake({
      pattern: 'XXpsk0',
      initiator,
      prologue: concat(utf8(LABEL.session), lp(utf8('mqtt')), lp(dialer), lp(listener)),
      psk,
      s: initiator ? one.noise : two.noise,
      random: new Prng('hostile'),
    });
  const first = end(true).start() as Uint8Array;
  const second = end(false).handle(first).send as Uint8Array;
  const dialing = end(true);
  dialing.start();
  const third = dialing.handle(second).send as Uint8Array;
  const refuses = (error: unknown): boolean => error instanceof NoiseError || error instanceof HandshakeRefused;
  const claim = (deviceId: Uint8Array): Uint8Array => encodeCbor({ deviceId, instance: input('instance 3', 8) });
  return [
    {
      name: 'first handshake message',
      valid: [first],
      sealed: true,
      refuses,
      read: (bytes) => end(false).handle(bytes),
    },
    {
      name: 'second handshake message',
      valid: [second],
      sealed: true,
      refuses,
      read(bytes) {
        const own = end(true);
        own.start();
        return own.handle(bytes);
      },
    },
    {
      name: 'third handshake message',
      valid: [third],
      sealed: true,
      refuses,
      read(bytes) {
        const own = end(false);
        own.handle(first);
        return own.handle(bytes);
      },
    },
    {
      name: 'claim in the second handshake message, inside its seal',
      valid: [claim(two.sign.pk)],
      refuses,
      read(bytes) {
        const [own, peer] = [end(true), hostile(false)];
        peer.read(own.start() as Uint8Array);
        return own.handle(peer.write(bytes));
      },
    },
    {
      name: 'claim in the third handshake message, inside its seal',
      valid: [claim(one.sign.pk)],
      refuses,
      read(bytes) {
        const [own, peer] = [end(false), hostile(true)];
        peer.read(own.handle(peer.write(new Uint8Array(0))).send as Uint8Array);
        return own.handle(peer.write(bytes));
      },
    },
  ];
}

function ofBundles(): Decoder[] {
  const refuses = (error: unknown): boolean => error instanceof CoveError;
  // In pieces, as a file is read.
  const file = (bytes: Uint8Array): ByteReader =>
    new ByteReader(
      (async function* () {
        for (let at = 0; at < bytes.length; at += 4_096) yield bytes.subarray(at, at + 4_096);
      })(),
    );
  return [
    {
      name: 'head of a sync bundle',
      valid: [encodeHead([new Uint8Array(WRAP_BYTES).fill(1), new Uint8Array(WRAP_BYTES).fill(2)]), encodeHead([])],
      refuses,
      read: (bytes) => readHead(file(bytes)),
    },
    {
      name: 'sealed message of a sync bundle',
      valid: [encodeChunk(new Uint8Array(300).fill(3))],
      refuses,
      read: (bytes) => readChunk(file(bytes)),
    },
  ];
}

/** Without its signatures: whoever may sign in a space is who would send a hostile one. */
function farewell(): Decoder {
  const opening = [fromHex(entries.first.header), fromHex(entries.control.LogOpen)];
  const removal = [fromHex(entries.second.header), fromHex(entries.control.MemberRemove)];
  return {
    name: 'entries of a farewell',
    valid: [encodeCbor([opening, removal])],
    read(bytes) {
      const items = readItems(bytes);
      const raw =
        Array.isArray(items) &&
        items.every((one) => Array.isArray(one) && one.length === 2 && one.every((part) => part instanceof Uint8Array));
      return raw && readControl(items as RawEntry[]);
    },
  };
}

function readItems(bytes: Uint8Array): unknown {
  try {
    return decodeCbor(bytes);
  } catch {
    return null;
  }
}
