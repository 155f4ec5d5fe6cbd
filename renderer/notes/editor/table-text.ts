/** Reads a Markdown table: cells, alignment, and the simple marks inside cells. */
export type Row = readonly string[];

export function cellsOf(source: string): { head: Row; rows: readonly Row[]; align: readonly string[] } {
  const [head = '', rule = '', ...rows] = source.split('\n');
  const align = split(rule).map((cell) => {
    const left = cell.startsWith(':');
    const right = cell.endsWith(':');
    return left && right ? 'center' : right ? 'right' : '';
  });
  return { head: split(head), rows: rows.map(split), align };
}

/** `\|` is a bar inside a cell. */
function split(line: string): Row {
  const bare = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return bare.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** Words, or a mark around parts; a link has its address. */
export type Part = string | { readonly tag: Tag; readonly parts: readonly Part[]; readonly address?: string };
type Tag = 'strong' | 'em' | 'code' | 's' | 'link';
/** Which of two that begin at the same place counts: the earlier row. */
const MARKS = [
  { tag: 'code', pattern: /`([^`]+)`/ },
  { tag: 'strong', pattern: /\*\*(.+?)\*\*|__(.+?)__/ },
  { tag: 's', pattern: /~~(.+?)~~/ },
  { tag: 'em', pattern: /\*([^*]+)\*|\b_([^_]+)_\b/ },
  { tag: 'link', pattern: /\[([^\]]+)\]\(\s*<?([^\s)>]*)[^)]*\)/ },
] as const;

export function inlineParts(text: string): readonly Part[] {
  let first: { readonly tag: Tag; readonly found: RegExpExecArray } | undefined;
  for (const { tag, pattern } of MARKS) {
    const found = pattern.exec(text);
    if (found !== null && (first === undefined || found.index < first.found.index)) first = { tag, found };
  }
  if (first === undefined) return text === '' ? [] : [text];
  const { tag, found } = first;
  const [whole, one, two] = found;
  const before = text.slice(0, found.index);
  const inside = one ?? two ?? '';
  return [
    ...(before === '' ? [] : [before]),
    {
      tag,
      parts: tag === 'code' ? [inside] : inlineParts(inside),
      ...(tag === 'link' && { address: two ?? '' }),
    },
    ...inlineParts(text.slice(found.index + whole.length)),
  ];
}
