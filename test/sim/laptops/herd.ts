/** A broker goes away from a hundred devices and comes back: how many of them try to connect within one second. */
import { SimNet } from '../../engine/net/sim-net.ts';
import { Broker } from './broker.ts';

export interface HerdOptions {
  readonly seed: number;
  readonly devices: number;
  /** Virtual milliseconds for which it is away. */
  readonly away: number;
  readonly jitter: boolean;
  /** So many connections the broker makes in a second when it has come back. Default: as many as come. */
  readonly acceptsPerSecond?: number;
}

export interface Herd {
  /** Tries to connect within one second, at most, from the outage on. */
  readonly peak: number;
  /** Virtual milliseconds from its return until all were connected again; Infinity: not within an hour. */
  readonly back: number;
}

const HOUR = 3_600_000;

export async function herd({ seed, devices, away, jitter, acceptsPerSecond = Infinity }: HerdOptions): Promise<Herd> {
  const net = new SimNet({ seed, delayMs: [5, 120] });
  const broker = new Broker({ net, jitter });
  const all = Array.from({ length: devices }, (_, i) =>
    broker.rendezvous(`device${i}`, net.clock(`device${i}`), net.random(`device${i}`)),
  );
  const connected = (): boolean => all.every((one) => one.health()[0]?.state === 'online');
  await net.runUntil(connected, 60_000);
  await net.run(60_000);
  broker.connects.clear();
  broker.setUp(false);
  broker.acceptsPerSecond = acceptsPerSecond;
  await net.run(away);
  broker.setUp(true);
  const from = net.time;
  while (!connected() && net.time - from < HOUR) await net.run(100);
  return { peak: Math.max(...broker.connects.values()), back: connected() ? net.time - from : Infinity };
}
