/**
 * One WebRTC negotiation, from nothing to an open data channel. Signals come from an untrusted meeting point
 * (sealed, but possibly by a hostile peer): whatever is wrong with one fails this connection and nothing else.
 */

import { PeerConnection } from 'node-datachannel';
import type { DataChannel, IceServer, RtcConfig } from 'node-datachannel';
import { CoveError } from '../../main/engine/errors.ts';
import type { Channel, Connecting, TransportSignal } from '../../main/engine/ports.ts';
import { equal } from '../../main/engine/bytes.ts';
import { judgeCandidate, MAX_CANDIDATES } from './candidates.ts';
import { MAX_MESSAGE } from '../../main/engine/inbox.ts';
import { WebRtcChannel } from './channel.ts';
import { acceptableDescription, fingerprintOf, parseFingerprint } from './description.ts';
import { createGuard, type Guard } from './guard.ts';
import { NO_SERVERS, type IceServers } from './ice-servers.ts';

export const LABEL = 'cove';

export interface ConnectionOptions {
  readonly initiator: boolean;
  readonly onSignal: (signal: TransportSignal) => void;
  readonly bind: string | undefined;
  readonly boundToLoopback: boolean;
  /** Closed when the connection has ended. */
  readonly iceServers: IceServers | Promise<IceServers>;
  /** Called once, when the native connection has been closed. */
  readonly onReleased: () => void;
  /** What a callback threw; the connection has ended over it. */
  readonly onError: (error: unknown) => void;
}

/** Before the servers are there: a description and its candidates. */
const MAX_WAITING = MAX_CANDIDATES + 1;

/** libdatachannel throws over the whole list when it does not take one of its addresses: the others are used. */
function openPeer(servers: IceServers['list'], config: Omit<RtcConfig, 'iceServers'>): PeerConnection {
  try {
    return new PeerConnection('', { ...config, iceServers: [...servers] });
  } catch (error) {
    const taken = servers.filter(isTaken);
    if (taken.length === servers.length) throw error;
    return new PeerConnection('', { ...config, iceServers: taken });
  }
}

function isTaken(server: string | IceServer): boolean {
  try {
    new PeerConnection('', { iceServers: [server] }).close();
    return true;
  } catch {
    return false;
  }
}

export class WebRtcConnection implements Connecting {
  readonly channel: Promise<Channel>;
  #options: ConnectionOptions;
  readonly #guard: Guard;
  #peer: PeerConnection | undefined;
  #data: DataChannel | undefined;
  #open: WebRtcChannel | undefined;
  #resolve!: (channel: Channel) => void;
  #reject!: (error: Error) => void;
  #described = false;
  #early: { candidate: string; mid: string }[] = [];
  #seen = new Set<string>();
  #sent = 0;
  /** Own candidates of the initiator until the answer is in. */
  #held: TransportSignal[] = [];
  #settled = false;
  #servers: IceServers | undefined;
  /** Signals that came before the servers were there; undefined: they are. */
  #waiting: TransportSignal[] | undefined = [];
  #released = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#guard = createGuard(() => this.#fail('a callback failed'), options.onError);
    this.channel = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever cancels need not await the channel: an unhandled rejection would end the process.
    this.channel.catch(() => undefined);
    const { iceServers } = options;
    if (iceServers instanceof Promise) {
      iceServers.then(
        (servers) => this.#begin(servers),
        () => this.#begin(NO_SERVERS),
      );
    } else this.#begin(iceServers);
  }

  accept(signal: TransportSignal): void {
    if (this.#waiting && this.#waiting.length < MAX_WAITING) this.#waiting.push(signal);
    if (!this.#peer) return;
    try {
      if (signal.type === 'candidate') this.#acceptCandidate(signal.candidate, signal.mid);
      else this.#acceptDescription(signal.type, signal.sdp);
    } catch (error) {
      this.#fail(reasonOf(error));
    }
  }

  cancel(): void {
    this.#settle(new CoveError('cancelled'));
    if (this.#open) this.#open.end();
    else this.#release();
  }

  #begin(servers: IceServers): void {
    if (this.#released) return servers.close();
    this.#servers = servers;
    try {
      this.#start(servers);
    } catch (error) {
      this.#fail(reasonOf(error));
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const signal of waiting) this.accept(signal);
  }

  #start(servers: IceServers): void {
    const { initiator, bind } = this.#options;
    const peer = openPeer(servers.list, {
      ...(bind === undefined ? {} : { bindAddress: bind }),
      // One more than allowed: libdatachannel cuts longer messages down to this, and a cut one must be noticed.
      maxMessageSize: MAX_MESSAGE + 1,
    });
    this.#peer = peer;
    const guard = this.#guard;
    peer.onLocalDescription(
      guard((sdp, type) => {
        if (this.#peer && (type === 'offer' || type === 'answer')) this.#options.onSignal({ type, sdp });
      }),
    );
    peer.onLocalCandidate(guard((candidate, mid) => this.#tell(candidate, mid)));
    peer.onStateChange(
      guard((state) => {
        // libdatachannel cannot restart ICE, so "disconnected" does not mend: the session layer dials again.
        if (state === 'failed' || state === 'disconnected' || state === 'closed') this.#fail(`connection ${state}`);
      }),
    );
    if (initiator) this.#watch(peer.createDataChannel(LABEL));
    peer.onDataChannel(
      guard((data) => {
        if (!this.#peer) return;
        if (initiator || this.#data || data.getLabel() !== LABEL) return this.#fail('unexpected data channel');
        this.#watch(data);
      }),
    );
  }

  #tell(candidate: string, mid: string): void {
    if (!this.#peer || judgeCandidate(candidate, this.#options.boundToLoopback) !== 'use') return;
    if (++this.#sent > MAX_CANDIDATES) return;
    const signal: TransportSignal = { type: 'candidate', candidate, mid };
    // libdatachannel starts ICE with a remote description before it notes the fingerprint in it. If the answering side
    // could reach us by then, DTLS may be through in between, and fails for want of a fingerprint to compare (seen in
    // up to 5 % of connections on a busy machine). So nobody learns our address before the answer has been taken in.
    if (this.#options.initiator && !this.#described) this.#held.push(signal);
    else this.#options.onSignal(signal);
  }

  #watch(data: DataChannel): void {
    this.#data = data;
    data.onClosed(this.#guard(() => this.#fail('data channel closed')));
    data.onOpen(this.#guard(() => this.#opened()));
    if (data.isOpen()) this.#opened();
  }

  #opened(): void {
    const [peer, data] = [this.#peer, this.#data];
    if (!peer || !data || this.#settled) return;
    const local = fingerprintOf(peer.localDescription()?.sdp ?? '');
    const certificate = peer.remoteFingerprint();
    const remote = certificate.algorithm === 'sha-256' ? parseFingerprint(certificate.value) : undefined;
    const announced = fingerprintOf(peer.remoteDescription()?.sdp ?? '');
    if (!local || !remote || !announced || !equal(remote, announced)) return this.#fail('no SHA-256 fingerprint');
    this.#open = new WebRtcChannel({ native: data, local, remote, viaServer: () => isRelayed(peer) }, this.#guard, () =>
      this.#release(),
    );
    this.#settled = true;
    this.#resolve(this.#open);
  }

  #acceptDescription(type: 'offer' | 'answer', sdp: string): void {
    if (type !== (this.#options.initiator ? 'answer' : 'offer')) throw new Error('description of the wrong kind');
    // The network may deliver a signal twice; the first one stands.
    if (this.#described) return;
    const acceptable = acceptableDescription(sdp);
    if (acceptable === undefined) throw new Error('malformed description');
    this.#peer?.setRemoteDescription(acceptable, type);
    this.#described = true;
    for (const signal of this.#held.splice(0)) this.#options.onSignal(signal);
    const early = this.#early;
    this.#early = [];
    for (const { candidate, mid } of early) this.#peer?.addRemoteCandidate(candidate, mid);
  }

  #acceptCandidate(candidate: string, mid: string): void {
    if (typeof candidate !== 'string' || typeof mid !== 'string' || mid.length > 16)
      throw new Error('malformed candidate');
    const verdict = judgeCandidate(candidate, this.#options.boundToLoopback);
    if (verdict === 'malformed') throw new Error('malformed candidate');
    if (verdict === 'ignore' || this.#seen.has(candidate) || this.#seen.size >= MAX_CANDIDATES) return;
    this.#seen.add(candidate);
    if (this.#described) this.#peer?.addRemoteCandidate(candidate, mid);
    else this.#early.push({ candidate, mid });
  }

  #fail(reason: string): void {
    this.#settle(new CoveError('timeout', { reason }));
    if (this.#open) this.#open.end();
    else this.#release();
  }

  #settle(error: Error): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#reject(error);
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    const [peer, data] = [this.#peer, this.#data];
    this.#waiting = undefined;
    this.#peer = undefined;
    this.#data = undefined;
    this.#early = [];
    try {
      if (!this.#open) data?.close();
      peer?.close();
    } catch {
      // Closing what closed by itself.
    }
    this.#servers?.close();
    this.#options.onReleased();
  }
}

/** Whether either end of the pair in use is on a TURN server. */
function isRelayed(peer: PeerConnection): boolean {
  try {
    const pair = peer.getSelectedCandidatePair();
    return pair?.local.type === 'relay' || pair?.remote.type === 'relay';
  } catch {
    // Closed meanwhile.
    return false;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown';
}
