/** Which addresses may leave Cove from a note. Without zod, because windows ask it too, and zod stays out of them. */

/** What may be opened, each with its reason. All other schemes start programs or show files; they are refused. */
export const OPENABLE: Readonly<Record<string, string>> = {
  'https:': 'A page of the web, in the browser.',
  'http:': 'The same; the browser says itself that the way there is not encrypted.',
  'mailto:': 'A new message in the mail program, which sends nothing by itself.',
};

/** The address as it would be opened, or null when it may not be. */
export function openable(address: string): string | null {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (!Object.hasOwn(OPENABLE, url.protocol)) return null;
  // A name before the host makes an address look like another's: https://bank.example@elsewhere.example
  if (url.username !== '' || url.password !== '') return null;
  return url.href;
}
