/** Whether an argument of the command line or the system's is one of our links. Any program may send one. */

const LONGEST = 400;

export function isLink(argument: string): boolean {
  if (argument.length > LONGEST) return false;
  try {
    return new URL(argument).protocol === 'cove:';
  } catch {
    return false;
  }
}
