/** Sessions: checks that are taken out, see table.ts. */
import type { Mutant } from './table.ts';

const mesh = 'main/engine/mesh/';

export const SESSIONS: readonly Mutant[] = [
  {
    check: 'the pre-shared key of a session',
    file: `${mesh}handshake.ts`,
    find: 'psk: options.psk,',
    replace: 'psk: new Uint8Array(options.psk.length),',
    noticed: `${mesh}handshake.test.ts`,
  },
  {
    check: 'both DTLS fingerprints are part of a session',
    file: `${mesh}handshake.ts`,
    find: ', lp(dialer), lp(listener)),',
    replace: ', lp(dialer.subarray(0, 0)), lp(listener.subarray(0, 0))),',
    noticed: `${mesh}handshake.test.ts`,
  },
  {
    check: 'the device is accepted before a session begins',
    file: `${mesh}handshake.ts`,
    find: "if (!this.#options.judge(claim.deviceId, noisePk)) throw new HandshakeRefused('device not accepted');",
    replace: '',
    noticed: `${mesh}handshake.test.ts`,
  },
  {
    check: 'the key of a session is the one its device’s certificate names',
    file: `${mesh}standing.ts`,
    find: "return equal(device.noisePk, noisePk) ? 'member' : 'impostor';",
    replace: "return noisePk.length > 0 ? 'member' : 'impostor';",
    noticed: `${mesh}refusals.test.ts`,
  },
  {
    check: 'limit: one handshake message',
    file: `${mesh}handshake.ts`,
    find: "if (message.length > MESH.handshakeMessage) throw new HandshakeRefused('handshake message too long');",
    replace: '',
    noticed: `${mesh}refusals.test.ts`,
  },
  {
    check: 'a removed member’s session ends',
    file: `${mesh}session.ts`,
    find: "} else if (open && is !== 'member' && !open.replication.proving) {",
    replace: "} else if (open && is !== 'member' && !this.#greeted) {",
    noticed: 'test/engine/sync/mesh.test.ts',
  },
  {
    check: 'a message in parts keeps to one channel, full parts and known flags',
    file: `${mesh}secure-channel.ts`,
    find: '(flags & ~(LAST | NEXT_KEY)) !== 0 || !inOrder || !fullUnlessLast || ',
    replace: '',
    noticed: `${mesh}refusals.test.ts`,
  },
  {
    check: 'limit: one message in parts',
    file: `${mesh}secure-channel.ts`,
    find: ' || this.#partBytes > LIMIT.message) {',
    replace: ') {',
    noticed: `${mesh}refusals.test.ts`,
  },
  {
    check: 'limit: depth of CBOR',
    file: `${mesh}cbor.ts`,
    find: "if (open.length > DEPTH) throw new RangeError('CBOR nested too deeply');",
    replace: '',
    noticed: `${mesh}refusals.test.ts`,
  },
  {
    check: 'session messages and space messages keep to their channels',
    file: `${mesh}frames.ts`,
    find: "if ((row.on === 'session') !== (channel === 0)) throw new FrameError(`${type} on the wrong channel`);",
    replace: '',
    noticed: `${mesh}frames.test.ts`,
  },
  {
    check: 'a removed member is answered under keys only that he cannot hold',
    file: `${mesh}signalling.ts`,
    find: 'const device = announced || replica.epochHead() === undefined ?',
    replace: 'const device = announced ?',
    noticed: 'test/sim/stories.test.ts',
  },
  {
    check: 'an announce is signed for this topic and epoch',
    file: `${mesh}signals.ts`,
    find: 'return verify(deviceId, signature, ...announceParts(seal, out)) ? out : null;',
    replace: 'return signature.length > 0 ? out : null;',
    noticed: `${mesh}signals.test.ts`,
  },
  {
    check: 'nonce: an announce is heard once',
    file: `${mesh}signalling.ts`,
    find: 'if (!this.#fresh(announce.nA, now)) return;',
    replace: '',
    noticed: 'test/engine/sync/mesh.test.ts',
  },
  {
    check: 'limit: what one session takes in',
    file: `${mesh}intake.ts`,
    find: 'this.#work -= work;',
    replace: '',
    noticed: 'test/engine/sync/hostile-member.test.ts',
  },
  {
    check: 'limit: announces of one device',
    file: `${mesh}signalling.ts`,
    find: 'if (!withinMinute(heard, now)) return;\n      if (!clean)',
    replace: 'if (!clean)',
    noticed: `${mesh}signalling.test.ts`,
  },
  {
    check: 'an acknowledgement counts for what is here only',
    file: `${mesh}replication.ts`,
    find: 'const seq = Math.min(said, gathering.head(log));',
    replace: 'const seq = said;',
    noticed: 'test/engine/sync/hostile-member.test.ts',
  },
];
