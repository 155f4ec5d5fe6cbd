/** Rows of table.ts for what a member sends once it is one: through a session's channel, in a farewell, in a sync bundle. */
import { encodeChunk, encodeHead } from '../../../main/engine/bundle/format.ts';
import { readBundle } from '../../../main/engine/bundle/read-bundle.ts';
import { makerMessage, signBundle, spaceMessage } from '../../../main/engine/bundle/write-bundle.ts';
import { concat, equal, fromHex, toHex, u32be } from '../../../main/engine/bytes.ts';
import { sealTo } from '../../../main/engine/crypto/box.ts';
import { hkdf, Sha256, sha256 } from '../../../main/engine/crypto/hash.ts';
import { LABEL } from '../../../main/engine/crypto/labels.ts';
import { CipherState } from '../../../main/engine/crypto/noise.ts';
import { SealingStream } from '../../../main/engine/crypto/stream.ts';
import { decodeControl } from '../../../main/engine/echo/control.ts';
import { ENTRY_KIND } from '../../../main/engine/echo/entry.ts';
import { readFarewell } from '../../../main/engine/echo/farewell.ts';
import type { RawEntry } from '../../../main/engine/echo/replica.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import { decodeCbor, encodeCbor } from '../../../main/engine/mesh/cbor.ts';
import { decodeFrame, encodeFrame, FrameError } from '../../../main/engine/mesh/frames.ts';
import { costOf, Intake } from '../../../main/engine/mesh/intake.ts';
import { MESH } from '../../../main/engine/mesh/limits.ts';
import { LIMIT, SecureChannel } from '../../../main/engine/mesh/secure-channel.ts';
import type { Channel } from '../../../main/engine/ports.ts';
import { WorkTime } from '../../../main/engine/work-time.ts';
import sessions from '../../vectors/sessions.json' with { type: 'json' };
import { difference, forge, note, pair } from '../../engine/log/fixture.ts';
import { Prng } from '../../engine/net/prng.ts';
import { createVirtualClock } from '../../objects/virtual-clock.ts';
import { input } from '../../vectors/input.ts';
import type { Decoder } from './trial.ts';

export function ofMembers(): Decoder[] {
  return [...ofFarewells(), ...ofBundles(), ...ofChannels(), ofIntake()];
}

function ofFarewells(): Decoder[] {
  const { a, b, bob, space } = pair();
  space.appendControl({ type: 'MemberRemove', identityId: bob.identityId });
  const words = space.farewell(toHex(b.deviceId)) as readonly RawEntry[];
  const [opening, removal] = words as [RawEntry, RawEntry];
  const read = (entries: readonly RawEntry[], whom = bob.identityId): unknown =>
    readFarewell(entries, space.spaceId, whom);
  return [
    {
      name: 'farewell',
      valid: [encodeCbor(words)],
      sealed: true,
      read(bytes) {
        const entries = tolerant(() => decodeCbor(bytes));
        return isRaw(entries) ? read(entries) : null;
      },
    },
    {
      name: 'farewell, signed by who sends it',
      valid: [removal[1] as Uint8Array],
      // For whomever it names.
      read(payload) {
        const control = decodeControl(payload);
        const whom = control?.[0] === 'MemberRemove' ? control[1].identityId : undefined;
        return read([opening, forge(a, space, { kind: ENTRY_KIND.control, payload })], whom);
      },
    },
  ];
}

function isRaw(entries: unknown): entries is RawEntry[] {
  const isBytes = (part: unknown): boolean => part instanceof Uint8Array;
  return (
    Array.isArray(entries) &&
    entries.every(
      (one) => Array.isArray(one) && one.length === 2 && isBytes(one[0]) && (one[1] === null || isBytes(one[1])),
    )
  );
}

/** Whole files, as they are, and with messages that their maker signed and sealed after they were changed. */
function ofBundles(): Decoder[] {
  const { a, b, space, joined } = pair();
  space.append(note('in the file'));
  const entries = difference(space, joined);
  const messages = [
    makerMessage(a.deviceId, 1_790_000_000_000),
    spaceMessage(space.spaceId),
    encodeFrame({ type: 'have', heads: space.have() }),
    encodeFrame({ type: 'entries', entries }),
  ];
  const { sign, box } = { sign: a.keys.sign, box: b.keys.box };
  const file = (content: readonly Uint8Array[]): Uint8Array => {
    const head = encodeHead([sealTo(box.pk, input('file key'), input('ephemeral'))]);
    const stream = new SealingStream(input('file key'));
    const digest = new Sha256();
    digest.update(head);
    const chunks = content.map((message, i) => {
      digest.update(u32be(message.length), message);
      return encodeChunk(stream.seal(message, i === 0 ? { ad: sha256(head) } : {}));
    });
    const signature = signBundle(sign.sk, digest.digest());
    return concat(head, stream.header, ...chunks, encodeChunk(stream.seal(signature, { last: true })));
  };
  const refuses = (error: unknown): boolean => error instanceof CoveError;
  const now = { ...createVirtualClock(), after: (_ms: number, fn: () => void) => (fn(), () => undefined) };
  const take = (bytes: Uint8Array): Promise<unknown> =>
    readBundle({
      file: {
        bytes: bytes.length,
        async *open() {
          for (let at = 0; at < bytes.length; at += 4_096) yield bytes.subarray(at, at + 4_096);
        },
      },
      box,
      clock: now,
      find: (spaceId) => b.replicas.get(spaceId),
      has: () => undefined,
      progress: () => undefined,
      cancelled: () => false,
    });
  return [
    { name: 'sync bundle', valid: [file(messages)], sealed: true, refuses, read: take },
    {
      name: 'sync bundle, signed and sealed by its maker',
      valid: [inOne(messages), inOne(messages.slice(0, 3))],
      refuses,
      read: (bytes) => take(file(pieces(bytes))),
    },
  ];
}

/** What arrives on a channel after its handshake: Noise messages as they come, and what is inside of them. */
function ofChannels(): Decoder[] {
  const key = (): CipherState => new CipherState(input('direction'));
  const full = new Prng('full part').bytes(LIMIT.noiseMessage - 16);
  full.set([0, 3]);
  const plain = [Uint8Array.of(1, 0, 1, 2, 3), Uint8Array.of(0b11, 7, 4, 5), Uint8Array.of(1, 255)];
  const sent = key();
  const sealed = [plain[0], plain[2]].map((one) => sent.encrypt(new Uint8Array(0), one as Uint8Array));
  const arriving = (all: readonly Uint8Array[]): { readonly open: boolean; readonly heard: number } => {
    const end = new ReceivingEnd();
    const secure = new SecureChannel(end, { tx: key(), rx: key() });
    let heard = 0;
    // Half of it waits for whoever is to have it.
    for (const one of all.slice(0, all.length >> 1)) end.arrive(one);
    secure.onMessage(() => heard++);
    for (const one of all.slice(all.length >> 1)) end.arrive(one);
    return { open: !secure.closed, heard };
  };
  return [
    {
      name: 'Noise messages of a session',
      valid: [inOne(sealed)],
      sealed: true,
      read(bytes) {
        const all = pieces(bytes);
        const { open, heard } = arriving(all);
        return open && heard === sealed.length && equal(inOne(all), bytes);
      },
    },
    {
      name: 'messages in parts of a session, inside their seal',
      valid: [inOne(plain), inOne([full, Uint8Array.of(1, 3, 9)])],
      read(bytes) {
        const tx = key();
        const all = pieces(bytes).map((one) => {
          const out = tx.encrypt(new Uint8Array(0), one);
          if (((one[0] ?? 0) & 2) !== 0) tx.rekeyWith(hkdf(tx.key, new Uint8Array(0), LABEL.sessionRekey, 32));
          return out;
        });
        return arriving(all).heard > 0;
      },
    },
  ];
}

/** Pieces of a channel's number and a frame; where its highest bit is set, the peer does not read what is sent to it. */
function ofIntake(): Decoder {
  const frames = Object.values(sessions.frames).map((frame) => {
    const bytes = fromHex(frame);
    const channel = tolerant(() => decodeFrame(0, bytes)) ? 0 : 1;
    return concat(Uint8Array.of(channel), bytes);
  });
  const unread = (frame: Uint8Array): Uint8Array =>
    concat(Uint8Array.of((frame[0] as number) | 0x80), frame.subarray(1));
  return {
    name: 'what a session takes in',
    valid: [inOne(frames), inOne([...frames.map(unread), ...frames])],
    refuses: (error) => error instanceof FrameError,
    read(bytes) {
      const clock = createVirtualClock();
      const state = { handled: 0, unread: false, over: false };
      const intake: Intake = new Intake({
        clock,
        time: new WorkTime(clock),
        buffered: () => (state.unread ? MESH.unread + 1 : 0),
        handle(channel, message) {
          const frame = decodeFrame(channel, message);
          intake.charge(frame ? costOf(frame) : 1);
          state.handled++;
        },
        overrun: () => (state.over = true),
        failed(error) {
          throw error;
        },
      });
      const all = pieces(bytes);
      for (const one of all) {
        state.unread = ((one[0] ?? 0) & 0x80) !== 0;
        intake.push((one[0] ?? 0) & 0x7f, one.subarray(1));
      }
      state.unread = false;
      for (let turn = 0; turn < 100 && !state.over && state.handled < all.length; turn++) clock.advance(1_000);
      if (!state.over && state.handled < all.length) throw new Error('something waits for ever');
      return !state.over && all.length > 0;
    },
  };
}

/** The end of a channel on which nothing is sent. */
class ReceivingEnd implements Channel {
  readonly localFingerprint = new Uint8Array(32);
  readonly remoteFingerprint = new Uint8Array(32);
  #closed = false;
  #onMessage: (message: Uint8Array) => void = () => undefined;
  #onClose: () => void = () => undefined;

  send(): void {}
  buffered(): number {
    return 0;
  }
  onMessage(fn: (message: Uint8Array) => void): void {
    this.#onMessage = fn;
  }
  onClose(fn: () => void): void {
    this.#onClose = fn;
  }
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }
  arrive(message: Uint8Array): void {
    if (!this.#closed) this.#onMessage(message);
  }
}

/** Each after its length, two bytes. */
function inOne(all: readonly Uint8Array[]): Uint8Array {
  return concat(...all.flatMap((one) => [Uint8Array.of(one.length >> 8, one.length & 255), one]));
}

/** The last one may be shorter than it says. */
function pieces(bytes: Uint8Array): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    all.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return all;
}

function tolerant<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
