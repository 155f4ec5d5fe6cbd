/** docs/cli.md names commands and options that there are. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, readDocument } from './documents.ts';

const seen = new Map<string, string>();

function help(...command: readonly string[]): string {
  const key = command.join(' ');
  const args = [join(ROOT, 'main/cli/index.ts'), ...command, '--help'];
  const text = seen.get(key) ?? spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout;
  seen.set(key, text);
  return text;
}

/** What `cove …` in the text has that the program does not know. A word with a dash is another program's option. */
function unknown(text: string): string[] {
  const uses = [...text.matchAll(/(?<=^|[`\s])cove ([a-z](?:(?!&&)[^`\n'|])*)/gm)].map(([, words = '']) =>
    words.split(/\s+/),
  );
  return uses.flatMap(([command = '', ...words]) => {
    let known = help(command);
    if (!known.startsWith(`Usage: cove ${command}`)) return [command];
    const inside = words[0] ?? '';
    if (known.includes(`\n  ${inside} `) && /^[a-z]+$/.test(inside)) known += help(command, inside);
    return words.filter((word) => word.startsWith('--') && !new RegExp(`${word}[ \\n]`).test(known));
  });
}

test(
  'every command and option of the document is one of the program; a planted one is not',
  { timeout: 120_000 },
  () => {
    expect(unknown(readDocument('docs/cli.md'))).toEqual([]);
    expect(unknown('`cove plant House` and `cove query House --colour red`')).toEqual(['plant', '--colour']);
  },
);
