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

export interface Part {
  readonly tag: 'strong' | 'em' | 'code' | 's' | null;
  readonly text: string;
}
const MARKS = [
  { tag: 'code', pattern: /`([^`]+)`/ },
  { tag: 'strong', pattern: /\*\*([^*]+)\*\*|__([^_]+)__/ },
  { tag: 's', pattern: /~~([^~]+)~~/ },
  { tag: 'em', pattern: /\*([^*]+)\*|\b_([^_]+)_\b/ },
  { tag: null, pattern: /\[([^\]]+)\]\([^)]*\)/ },
] as const;

export function inlineParts(text: string): readonly Part[] {
  for (const { tag, pattern } of MARKS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const inner: Part = { tag, text: found[1] ?? found[2] ?? '' };
    const after = text.slice(found.index + found[0].length);
    return [...inlineParts(text.slice(0, found.index)), inner, ...inlineParts(after)];
  }
  return text === '' ? [] : [{ tag: null, text }];
}
