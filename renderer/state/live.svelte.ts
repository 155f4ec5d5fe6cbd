/**
 * A subscription as reactive state: `value` is the latest snapshot, `failure` is set while the host cannot
 * answer. `live` follows its parameters: when they change, the old subscription ends and a new one starts.
 */
import type { Failure, Host, Result, Snapshot, TopicName, TopicParams } from '../../preload/contract/index.ts';

export class Live<T> {
  /** Undefined until the first snapshot. */
  value = $state.raw<T | undefined>(undefined);
  failure = $state.raw<Failure | undefined>(undefined);

  take(result: Result<T>): void {
    if (result.ok) this.value = result.value;
    this.failure = result.ok ? undefined : result.error;
  }
  clear(): void {
    this.value = undefined;
    this.failure = undefined;
  }
}

/** Call it while a component initialises. `params` answering null means: nothing to follow now. */
export function live<Name extends TopicName>(
  host: Host,
  name: Name,
  params: () => TopicParams<Name> | null,
): Live<Snapshot<Name>> {
  const state = new Live<Snapshot<Name>>();
  // Compared by content: an equal object is the same subscription.
  const key = $derived(JSON.stringify(params()));
  $effect(() => {
    const present = JSON.parse(key) as TopicParams<Name> | null;
    state.clear();
    if (present !== null) return host.subscribe(name, present, (result) => state.take(result));
    return undefined;
  });
  return state;
}
