/** Ada's honest device and Mallory's, for whose the test speaks. */
import { sessionTag } from '../../../main/engine/crypto/keys.ts';
import { decodeFrame, encodeFrame } from '../../../main/engine/mesh/frames.ts';
import type { Frame } from '../../../main/engine/mesh/frames.ts';
import { greet } from '../../../main/engine/mesh/greet.ts';
import type { Proven } from '../../../main/engine/mesh/handshake.ts';
import type { SecureChannel } from '../../../main/engine/mesh/secure-channel.ts';
import type { Channel } from '../../../main/engine/ports.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import { replicaOf, world } from './world.ts';

export const HELLO = { type: 'hello', vMin: 1, vMax: 1, features: [] } as const satisfies Frame;

/**
 * Ada is honest. Mallory's device is a member of 'shared', and the test speaks for it, over a channel as a finished
 * invitation leaves one.
 */
export async function stage(
  seed: number,
  options: { readonly member?: boolean; readonly features?: readonly string[] } = {},
) {
  const net = new SimNet({ seed });
  const w = world(net, ['ada', 'mallory']);
  const [shared, secret] = [modelSpace('shared'), modelSpace('secret')];
  w.share(shared, ['ada'], options.member === false ? ['ada'] : ['ada', 'mallory']);
  w.share(secret, ['ada'], ['ada']);
  const ada = w.peer('ada');
  const mallory = w.peer('mallory');
  replicaOf(ada, shared).write('shared text');
  replicaOf(ada, secret).write('secret text');
  mallory.mesh.stop();
  const got: Frame[] = [];
  const state = { closed: false };
  /** Mallory's device comes over a new channel; undefined where Ada does not take it. */
  const meet = async (): Promise<{ readonly secure: SecureChannel; readonly proven: Proven } | undefined> => {
    const [atAda, atMallory] = await channels(net);
    let met: { readonly secure: SecureChannel; readonly proven: Proven } | undefined;
    state.closed = false;
    ada.mesh.adopt({ channel: atAda, kind: 'direct', initiator: false, space: replicaOf(ada, shared) });
    greet({
      channel: atMallory,
      initiator: true,
      topicKind: 'invite',
      psk: replicaOf(ada, shared).epoch().sessionPsk,
      self: { deviceId: mallory.keys.sign.pk, instance: new Uint8Array(8), noise: mallory.keys.noise },
      random: net.random('mallory'),
      clock: net.clock('mallory'),
      log: () => undefined,
      judge: () => true,
      onProven: (proven, secure) => {
        met = { proven, secure };
        secure.onMessage((channel, message) => {
          const frame = decodeFrame(channel, message);
          if (frame) got.push(frame);
        });
      },
      onFailed: () => undefined,
    });
    atMallory.onClose(() => void (state.closed = true));
    await net.run(1_000);
    return state.closed ? undefined : met;
  };
  const { secure, proven } = (await meet()) as NonNullable<Awaited<ReturnType<typeof meet>>>;
  const send = (channel: number, frame: Frame): void => secure.send(channel, encodeFrame(frame));
  const tag = (space = shared): Uint8Array => sessionTag(replicaOf(ada, space).epoch().discovery, proven.h, 'dialer');
  const open = async (): Promise<void> => {
    send(0, { ...HELLO, features: options.features ?? [] });
    send(0, { type: 'space-open', channel: 1, tag: tag() });
    await net.run(500);
  };
  const bye = (): string | undefined => got.flatMap((frame) => (frame.type === 'bye' ? [frame.code] : []))[0];
  return { net, w, ada, shared, secret, secure, send, tag, open, meet, got, bye, state };
}

/** Two ends of one channel, made by the simulated transport. */
export async function channels(net: SimNet): Promise<[Channel, Channel]> {
  const one = net.transport('ada');
  const other = net.transport('mallory');
  const caller = other.connect({ initiator: true, onSignal: (signal) => void callee.accept(signal) });
  const callee = one.connect({ initiator: false, onSignal: (signal) => void caller.accept(signal) });
  const both = Promise.all([callee.channel, caller.channel]);
  return net.complete(both, 10_000);
}
