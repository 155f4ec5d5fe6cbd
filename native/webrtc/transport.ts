/**
 * The Transport port on WebRTC data channels (libdatachannel): one connection per `connect`, one ordered,
 * reliable data channel in each. No STUN or TURN server is used unless it is given. Time-outs are the caller's.
 */

import { cleanup } from 'node-datachannel';
import type { Transport } from '../../main/engine/ports.ts';
import type { Routes } from '../proxy/proxy.ts';
import { isLoopback } from './candidates.ts';
import { WebRtcConnection } from './connection.ts';
import { iceServersFor } from './ice-servers.ts';
import type { TurnServer } from './turn.ts';

export interface WebRtcTransportOptions {
  /** The only address to use. Without it libdatachannel gathers every interface's. */
  readonly bind?: string;
  /** Asked at each connection: `stun:host:port`. libdatachannel takes one of them. */
  readonly iceServers?: () => readonly string[];
  /** Asked at each connection. */
  readonly turnServers?: () => readonly TurnServer[];
  /** How relay servers are got to that are spoken to by TCP or TLS. Default: directly. */
  readonly routes?: Routes;
  /** What a listener of a signal or a channel threw; its connection has ended. Default: an uncaught exception. */
  readonly onError?: (error: unknown) => void;
}

/**
 * libdatachannel's `cleanup` ends every connection of the process, so only the last transport may call it.
 * This count is the one piece of module state here: it mirrors state that the library keeps per process.
 */
let living = 0;

export function createWebRtcTransport(options: WebRtcTransportOptions = {}): Transport {
  // Kept until released: a collected PeerConnection closes its channel.
  const connections = new Set<WebRtcConnection>();
  const boundToLoopback = options.bind !== undefined && isLoopback(options.bind);
  const onError = options.onError ?? throwLater;
  let closed = false;
  living += 1;

  return {
    connect({ initiator, onSignal }) {
      if (closed) throw new Error('the transport is closed');
      let released = false;
      const connection = new WebRtcConnection({
        initiator,
        onSignal: (signal) => {
          if (!closed) onSignal(signal);
        },
        bind: options.bind,
        boundToLoopback,
        iceServers: iceServersFor(
          options.iceServers?.() ?? [],
          options.turnServers?.() ?? [],
          options.bind,
          options.routes,
        ),
        onError,
        onReleased: () => {
          released = true;
          // May run inside the constructor, before there is anything to delete.
          queueMicrotask(() => connections.delete(connection));
        },
      });
      if (!released) connections.add(connection);
      return connection;
    },
    async close() {
      if (closed) return;
      closed = true;
      for (const connection of connections) connection.cancel();
      living -= 1;
      if (living === 0) cleanup();
      await Promise.resolve();
    },
  };
}

function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
