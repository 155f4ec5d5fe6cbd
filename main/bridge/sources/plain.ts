/** Markdown without its marks, on one line: good enough for two lines of a list. */
export function plain(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(?:#{1,6}|>|[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?/gm, '')
    .replace(/[*_`~]{1,3}/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

interface Piece {
  readonly text: string;
  readonly hit: boolean;
}

/** Marks the hits while the text is one; no text that is written has these: they are Unicode's noncharacters. */
const [START, END] = ['\uFDD0', '\uFDD1'];

/** The same for an excerpt in pieces, those that were searched for kept apart. */
export function plainPieces(pieces: readonly Piece[]): readonly Piece[] {
  const whole = pieces.map(({ text, hit }) => (hit ? START + text + END : text)).join('');
  return plain(whole)
    .split(/(\uFDD0[^\uFDD1]*\uFDD1)/)
    .filter((text) => text !== '')
    .map((text) => ({ text: text.replace(/[\uFDD0\uFDD1]/g, ''), hit: text.startsWith(START) }));
}
