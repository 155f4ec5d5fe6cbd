/**
 * What windows have subscribed to. Snapshots are coalesced per frame, so that a burst of changes costs a
 * window one message; everything a window subscribed to ends with the window or when its page is left.
 */
import type { WebContents } from 'electron';
import { CHANNELS } from '../../preload/channels.ts';
import { topics, type Result, type TopicName } from '../../preload/contract/index.ts';
import { CoveError } from '../client/index.ts';
import { failure } from './failure.ts';
import type { Sources } from './router.ts';

const FRAME_MS = 16;
/** No honest window comes near; a hostile one is stopped here. */
const LIMIT_PER_WINDOW = 200;

type Window = Pick<WebContents, 'send' | 'isDestroyed' | 'once' | 'on' | 'id'>;

export class Subscriptions {
  readonly #sources: Sources;
  readonly #windows = new Map<number, Map<number, () => void>>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  add(window: Window, id: number, name: TopicName, params: unknown): void {
    const own = this.#of(window);
    if (own.has(id) || own.size >= LIMIT_PER_WINDOW) return;
    const parsed = topics[name].params.safeParse(params);
    if (!parsed.success) {
      this.#send(window, id, { ok: false, error: failure(new CoveError('bad-request')) });
      return;
    }
    const frame = coalesce((snapshot: unknown) => {
      if (own.has(id)) this.#send(window, id, { ok: true, value: snapshot });
    });
    own.set(id, frame.cancel);
    try {
      const source = this.#sources[name] as (params: unknown, emit: (snapshot: unknown) => void) => () => void;
      const stop = source(parsed.data, frame.push);
      own.set(id, () => {
        frame.cancel();
        stop();
      });
    } catch (error) {
      own.delete(id);
      this.#send(window, id, { ok: false, error: failure(error) });
    }
  }

  remove(window: Window, id: number): void {
    const own = this.#windows.get(window.id);
    own?.get(id)?.();
    own?.delete(id);
  }

  /** How many are alive, over all windows: tests assert that none outlives its window. */
  get size(): number {
    return [...this.#windows.values()].reduce((sum, own) => sum + own.size, 0);
  }

  #of(window: Window): Map<number, () => void> {
    const known = this.#windows.get(window.id);
    if (known !== undefined) return known;
    const own = new Map<number, () => void>();
    this.#windows.set(window.id, own);
    const drop = () => {
      for (const stop of own.values()) stop();
      own.clear();
    };
    window.once('destroyed', () => {
      drop();
      this.#windows.delete(window.id);
    });
    // A reload starts a new page with new ids: the old page's subscriptions are nobody's.
    window.on('did-start-navigation', (details) => {
      if (details.isMainFrame && !details.isSameDocument) drop();
    });
    return own;
  }

  #send(window: Window, id: number, snapshot: Result<unknown>): void {
    if (!window.isDestroyed()) window.send(CHANNELS.snapshot, { id, snapshot });
  }
}

/** The first value goes at once; later ones at most one per frame, the latest wins. */
function coalesce(send: (value: unknown) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: { value: unknown } | undefined;
  let last = -Infinity;
  const flush = () => {
    timer = undefined;
    if (waiting === undefined) return;
    last = performance.now();
    const { value } = waiting;
    waiting = undefined;
    send(value);
  };
  return {
    push: (value: unknown) => {
      waiting = { value };
      if (timer !== undefined) return;
      const wait = last + FRAME_MS - performance.now();
      if (wait <= 0) flush();
      else timer = setTimeout(flush, wait);
    },
    cancel: () => {
      clearTimeout(timer);
      waiting = undefined;
    },
  };
}
