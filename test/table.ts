/** A Markdown table as Prettier writes it; the first line is its head. */
export function table(lines: readonly (readonly string[])[]): string {
  const columns = Math.max(...lines.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(3, ...lines.map((line) => line[at]?.length ?? 0)));
  const [head = [], ...rest] = lines.map((line) => line.map((text, at) => text.padEnd(widths[at] ?? 0)));
  return [head, widths.map((width) => '-'.repeat(width)), ...rest].map((line) => `| ${line.join(' | ')} |`).join('\n');
}
