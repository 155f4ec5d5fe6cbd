/**
 * The Transport port on WebRTC data channels (libdatachannel): one connection per `connect`, one ordered,
 * reliable data channel in each. No STUN or TURN server is used unless it is given. Time-outs are the caller's.
 */

import type { Transport } from '../../main/engine/ports.ts';
import type { Routes } from '../proxy/proxy.ts';
import { isLoopback } from './candidates.ts';
import { WebRtcConnection } from './connection.ts';
import { iceServersFor } from './ice-servers.ts';
import type { TurnServer } from './turn.ts';

export interface WebRtcTransportOptions {
  /** The only address to use. Without it libdatachannel gathers every interface's. */
  readonly bind?: string;
  /** Asked at each connection: `stun:host:port`. libdatachannel takes one of them, by chance. Never rejects. */
  readonly iceServers?: () => readonly string[] | Promise<readonly string[]>;
  /** Asked at each connection. */
  readonly turnServers?: () => readonly TurnServer[];
  /** How relay servers are got to that are spoken to by TCP or TLS. Default: directly. */
  readonly routes?: Routes;
  /** What a listener of a signal or a channel threw; its connection has ended. Default: an uncaught exception. */
  readonly onError?: (error: unknown) => void;
}

export function createWebRtcTransport(options: WebRtcTransportOptions = {}): Transport {
  // Kept until released: a collected PeerConnection closes its channel.
  const connections = new Set<WebRtcConnection>();
  const boundToLoopback = options.bind !== undefined && isLoopback(options.bind);
  const onError = options.onError ?? throwLater;
  let closed = false;

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
      // And not node-datachannel's `cleanup`: it closes all channels that there ever were in the process, and among them
      // some that the garbage collector has freed (a segmentation fault in one of some dozens of runs).
      for (const connection of connections) connection.cancel();
      await Promise.resolve();
    },
  };
}

function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
