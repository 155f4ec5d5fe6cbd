/** Links in notes: the one way from a note out of Cove, to the system's browser or mail program, after asking. */
import { z } from 'zod';
import { openable } from './openable.ts';
import { operation } from './operation.ts';

export const linkOperations = {
  /** Asks the person in a box of the system with the whole address, one at a time, and opens it after a yes. */
  'links.open': operation(
    z.strictObject({
      address: z
        .string()
        .max(2_000)
        .refine((address) => openable(address) !== null),
    }),
  )<null>(),
};
