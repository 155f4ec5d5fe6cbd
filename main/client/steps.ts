/** Undo and redo of one's own steps: the engine's, with what a program hands over checked. */
import type { Hex } from '../engine/bytes.ts';
import type { SpaceSteps } from '../engine/echo/steps.ts';
import { check, SHAPES } from './arguments.ts';
import type { Identified } from './history.ts';

/** Of an object, what is to be undone or made again. */
export interface StepOptions {
  /** What was done to its texts alone. Default: to its fields, too. */
  readonly texts?: boolean;
}

/**
 * What this person did last in a space, on any of their devices, undone and made again: `space.steps`. A step is what
 * was written in one go: a batch, a setting of fields, or typing without a pause of 5 seconds, of 20 seconds at most.
 * What anybody else did stays. All of it throws CoveError: object-not-found, history-incomplete, argument-invalid.
 */
export class OwnSteps {
  readonly #steps: SpaceSteps;

  constructor(steps: SpaceSteps) {
    this.#steps = steps;
  }

  /**
   * Undoes the last step, in all objects that it changed; with an object: what the last one did there. False: nothing
   * is left to undo. Throws CoveError('not-permitted') too.
   */
  async undo(object?: Identified, options: StepOptions = {}): Promise<boolean> {
    return this.#steps.undo(...asked(object, options));
  }

  /** Makes again what was undone last; false: nothing is left, or this person changed something since. Throws CoveError('not-permitted') too. */
  async redo(object?: Identified, options: StepOptions = {}): Promise<boolean> {
    return this.#steps.redo(...asked(object, options));
  }

  /** Whether `undo` would do something; false for whoever may only read. */
  canUndo(object?: Identified, options: StepOptions = {}): boolean {
    return this.#steps.canUndo(...asked(object, options));
  }

  /** Whether `redo` would do something; false for whoever may only read. */
  canRedo(object?: Identified, options: StepOptions = {}): boolean {
    return this.#steps.canRedo(...asked(object, options));
  }
}

function asked(
  object: Identified | undefined,
  options: StepOptions,
): [objectId: Hex | undefined, only: 'texts' | undefined] {
  if (object !== undefined) check('object', SHAPES.object, object);
  check('options', SHAPES.steps, options);
  return [object?.id, options.texts === true ? 'texts' : undefined];
}
