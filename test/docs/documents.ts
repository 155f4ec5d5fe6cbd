/** The documents of this project as tests see them: their fences of code, and what they link to. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Snippet {
  /** The language after the fence: ts, sh, or nothing. */
  readonly language: string;
  /** From `<!-- program: name -->` before the fence. */
  readonly program: string | undefined;
  /** The heading that it stands under. */
  readonly heading: string;
  readonly code: string;
}

/** All documents for people, relative to the project's folder. */
export const documents = (): string[] =>
  globSync(['*.md', 'docs/**/*.md', 'test/**/*.md', 'renderer/**/*.md', 'preload/**/*.md'], { cwd: ROOT }).sort();

export const readDocument = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export function snippets(markdown: string): Snippet[] {
  const found: Snippet[] = [];
  let heading = '';
  let program: string | undefined;
  let open: { language: string; lines: string[] } | undefined;
  for (const line of markdown.split('\n')) {
    const fence = /^```(\S*)\s*$/.exec(line);
    if (open !== undefined) {
      if (fence === null) open.lines.push(line);
      else {
        found.push({ language: open.language, program, heading, code: `${open.lines.join('\n')}\n` });
        [open, program] = [undefined, undefined];
      }
    } else if (fence !== null) open = { language: fence[1] ?? '', lines: [] };
    else {
      heading = /^#+\s+(.*)$/.exec(line)?.[1] ?? heading;
      program = /^<!-- program: (\S+) -->$/.exec(line)?.[1] ?? program;
    }
  }
  if (open !== undefined) throw new Error('a fence is never closed');
  return found;
}

/** The one snippet that is meant; throws when the document has none or several. */
export function snippet(path: string, meant: (one: Snippet) => boolean): string {
  const found = snippets(readDocument(path)).filter(meant);
  if (found.length !== 1) throw new Error(`${path} has ${found.length} such snippets`);
  return (found[0] as Snippet).code;
}

/** Targets of links and images, fences and inline code left out. */
export function links(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)];
  const references = [...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...references].map(([, target]) => target as string);
}

/** How a heading is named in links: as public forges do it. */
export const anchors = (markdown: string): string[] =>
  [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+\s+(.*)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
