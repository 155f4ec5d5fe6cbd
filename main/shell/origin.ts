/** Our one origin. Every check of "is this our page?" goes through here, with a URL parser, never by substring. */
export const SCHEME = 'app';
export const HOST = 'cove';
export const ORIGIN = `${SCHEME}://${HOST}`;
export const MAIN_PAGE = `${ORIGIN}/index.html`;
export const PHRASE_PAGE = `${ORIGIN}/phrase.html`;

/** The page a URL names without its query and fragment, or null when it is not of our origin. */
export function ownPage(url: string): string | null {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return null;
  }
  // `URL.origin` is "null" for schemes that are not special, so scheme and host are compared one by one.
  if (parsed.protocol !== `${SCHEME}:` || parsed.host !== HOST || parsed.username !== '' || parsed.password !== '') {
    return null;
  }
  return `${ORIGIN}${parsed.pathname}`;
}
