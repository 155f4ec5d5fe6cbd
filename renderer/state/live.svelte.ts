/**
 * A subscription as reactive state: `value` is the latest snapshot, `failure` is set while the host cannot
 * answer. `live` follows its parameters: when they change, the old subscription ends and a new one starts.
 */
import type { Failure, Host, Result, Snapshot, TopicName, TopicParams } from '../../preload/contract/index.ts';

export class Live<T> {
  readonly #present: () => string;
  #taken = $state.raw<{ readonly key: string; readonly value?: T; readonly failure?: Failure }>({ key: '' });

  constructor(present: () => string) {
    this.#present = present;
  }
  /** Undefined until the first snapshot; never one of other parameters than the present ones, not for a moment. */
  get value(): T | undefined {
    return this.#latest.value;
  }
  get failure(): Failure | undefined {
    return this.#latest.failure;
  }
  take(key: string, result: Result<T>): void {
    const before = this.#taken.key === key ? this.#taken : { key };
    this.#taken = result.ok ? { key, value: result.value } : { ...before, failure: result.error };
  }
  get #latest(): { readonly value?: T; readonly failure?: Failure } {
    return this.#taken.key === this.#present() ? this.#taken : {};
  }
}

/** Call it while a component initialises. `params` answering null means: nothing to follow now. */
export function live<Name extends TopicName>(
  host: Host,
  name: Name,
  params: () => TopicParams<Name> | null,
): Live<Snapshot<Name>> {
  // Compared by content: an equal object is the same subscription.
  const key = $derived(JSON.stringify(params()));
  const state = new Live<Snapshot<Name>>(() => key);
  $effect(() => {
    const wanted = key;
    const present = JSON.parse(wanted) as TopicParams<Name> | null;
    if (present !== null) return host.subscribe(name, present, (result) => state.take(wanted, result));
    return undefined;
  });
  return state;
}
