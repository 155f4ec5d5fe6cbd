/** Entries that undo a step, or make it again: the item that says so (main/engine/echo/step-mark.ts). */
import { toHex } from '../../main/engine/bytes.ts';
import { encodeItems } from '../../main/engine/echo/items.ts';
import { STEP_PATH, markValue } from '../../main/engine/echo/step-mark.ts';
import type { StepMark } from '../../main/engine/echo/step-mark.ts';
import { input } from './input.ts';
import type { Frozen } from './input.ts';

export function deriveSteps(): Frozen {
  const object = input('object', 16);
  const log = toHex(input('log', 16));
  const item = (mark: StepMark): string =>
    toHex(encodeItems([[object, { [STEP_PATH]: [0, markValue(mark)] }, null]]));
  return {
    input: { object: toHex(object), log },
    path: STEP_PATH,
    undo: item({ kind: 'undo', only: undefined, step: { log, first: 7, last: 9 }, copies: [12, 4711, 3, 5] }),
    redo: item({ kind: 'redo', only: 'texts', step: { log, first: 7, last: 9 }, copies: [] }),
    ofEditor: item({ kind: 'undo', only: 'texts', step: undefined, copies: [12, 4711, 3, 5, 17, 4711, 40, 1] }),
  };
}
