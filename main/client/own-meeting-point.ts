/**
 * This device's own meeting point, on the port it had before. Codes and spaces name that port, and those it had before
 * that: a port that another program has taken meanwhile is asked for again, and used beside the present one.
 */
import type { Cancel, Clock, Log } from '../engine/ports.ts';
import { startMeetingPoint, type MeetingPoint } from '../../native/mqtt/meeting-point.ts';

/** How often a port that was taken is asked for: a person who has freed it is about to try. */
const AGAIN_MS = 5_000;

export interface OwnMeetingPoint {
  /** What is named from now on. */
  readonly port: number;
  /** Everything that is listened on. */
  readonly ports: readonly number[];
  /** Those of former times that another program has at the moment. */
  readonly taken: readonly number[];
  close(): Promise<void>;
}

export interface OwnMeetingPointOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  /** Those it had, the latest first. */
  readonly former: readonly number[];
  /** A port that was taken is free again, and listened on. */
  readonly onFreed: () => void;
}

/** undefined on a computer where no port can be listened on, which the log says. */
export async function openOwnMeetingPoint(options: OwnMeetingPointOptions): Promise<OwnMeetingPoint | undefined> {
  const { clock, log, host, former, onFreed } = options;
  const note = (error: unknown) =>
    log('meeting-point.unavailable', { reason: String((error as NodeJS.ErrnoException).code ?? 'unknown') });
  const [latest = 0] = former;
  const point = await first(latest === 0 ? [0] : [latest, 0], (port) => startMeetingPoint({ host, port, log }), note);
  if (point === undefined) return undefined;
  const ports = [point.port];
  let missing = [...new Set(former)].filter((port) => port !== 0 && port !== point.port);
  let again: Cancel = () => undefined;
  let closed = false;
  const ask = async (): Promise<void> => {
    const before = ports.length;
    for (const port of missing) {
      await point.also(port).then(
        () => void ports.push(port),
        () => undefined,
      );
    }
    missing = missing.filter((port) => !ports.includes(port));
    if (closed) return point.close();
    if (missing.length > 0) again = clock.after(AGAIN_MS, () => void ask());
    if (ports.length > before) onFreed();
  };
  await ask();
  return {
    port: point.port,
    ports,
    get taken() {
      return missing;
    },
    async close() {
      closed = true;
      again();
      await point.close();
    },
  };
}

async function first(
  candidates: readonly number[],
  start: (port: number) => Promise<MeetingPoint>,
  note: (error: unknown) => void,
): Promise<MeetingPoint | undefined> {
  for (const port of candidates) {
    try {
      return await start(port);
    } catch (error) {
      note(error);
    }
  }
  return undefined;
}
