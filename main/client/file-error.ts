/**
 * Whether the system said it of a file: a name that the disk does not take, something else in its place, a disk that was
 * pulled out.
 */
export const isOfTheFile = (error: unknown): boolean =>
  /^E[A-Z]+$/.test(String((error as { code?: unknown } | null)?.code));
