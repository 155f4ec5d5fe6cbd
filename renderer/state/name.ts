/** A name while it is typed: pasted lines become one, and one that is too long is said to be so and never cut in silence. */
import { LONGEST_NAME } from '../../preload/contract/names.ts';
import { messages } from '../messages/index.ts';

/** What its field takes, so that a name pasted with much around it can be shortened there. */
export const NAME_FIELD = 1_000;

/** As it is given to the engine, which takes no characters that turn round what stands beside a name. */
export function tidyName(typed: string): string {
  return typed
    .replace(/[\u202A-\u202E\u2066-\u2069]/gu, '')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

/** The sentence to show while it is too long; null when it is not. */
export function nameProblem(typed: string): string | null {
  const over = tidyName(typed).length - LONGEST_NAME;
  return over > 0 ? messages.nameTooLong(over, LONGEST_NAME) : null;
}

export const isName = (typed: string): boolean => tidyName(typed) !== '' && nameProblem(typed) === null;
