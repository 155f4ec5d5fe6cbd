/** The space that a document is in, as the document sees it. */
import type { Hex } from '../bytes.ts';
import type { StepMark } from './step-mark.ts';

export interface DocumentHost {
  readonly space: number;
  clientId(): number;
  /** Throws CoveError not-permitted. */
  assertWriter(): void;
  /** The number of the object's row; another one where it went with its entries and came back. */
  rowOf(objectId: Hex): number | undefined;
  pendingTexts(objectId: Hex): readonly Uint8Array[];
  /** Before a change: makes pending text that cannot become an entry any more again. */
  renew(objectId: Hex): void;
  /** Makes updates durable, `now` in an entry where that can be; throws when it cannot. With a mark they are an entry of their own. */
  save(objectId: Hex, updates: readonly Uint8Array[], mark?: StepMark, now?: boolean): void;
  /** Makes an entry of what is pending for the object, if it can. */
  settle(objectId: Hex): void;
}

/** For a space whose objects nobody asked for yet: its text can be read, not written. */
export function detachedHost(space: number): DocumentHost {
  const refuse = (): never => {
    throw new Error('the space is not open');
  };
  return {
    space,
    clientId: refuse,
    assertWriter: refuse,
    renew: refuse,
    rowOf: refuse,
    pendingTexts: () => [],
    save: refuse,
    settle: () => undefined,
  };
}
