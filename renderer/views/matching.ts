/** Which rows a few typed letters mean: all words must begin somewhere in the label; better matches come first. */
export function matching<Row extends { readonly label: string }>(rows: readonly Row[], query: string): readonly Row[] {
  const words = query.toLocaleLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return rows;
  return rows
    .map((row) => ({ row, score: score(row.label.toLocaleLowerCase(), words) }))
    .filter(({ score: points }) => points > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ row }) => row);
}

/** 0: no match; the beginning of the label counts most, then the beginning of a word, then anywhere. */
function score(label: string, words: readonly string[]): number {
  let points = 0;
  for (const word of words) {
    const at = label.indexOf(word);
    if (at < 0) return 0;
    points += at === 0 ? 3 : /[\p{L}\p{N}]/u.test(label[at - 1] ?? '') ? 1 : 2;
  }
  return points;
}
