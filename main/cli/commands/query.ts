/** What is in a space, as lines of JSON. */
import type { Command } from 'commander';
import type { JsonValue, StoredObject } from '../../client/index.ts';
import { commonOf } from '../common.ts';
import { CommandError } from '../command-error.ts';
import { spaceNamed, withIdentity } from '../session.ts';
import { say, sayJson } from '../terminal.ts';

interface Asked {
  readonly text?: string;
  readonly limit?: string;
  readonly texts?: boolean;
  readonly deleted?: boolean;
  readonly count?: boolean;
}

export function queryCommand(program: Command): void {
  program
    .command('query')
    .description('objects of a space, a JSON object a line')
    .argument('<space>', 'name or key')
    .argument('[conditions...]', 'field=value, such as type=note or done=true')
    .option('--text <words>', 'only what has these words')
    .option('--texts', 'with the texts of notes')
    .option('--limit <n>', 'at most so many')
    .option('--deleted', 'what was deleted instead')
    .option('--count', 'only how many there are')
    .action((wanted: string, conditions: readonly string[], asked: Asked, command: Command) => {
      const query = queryOf(conditions, asked);
      return withIdentity(commonOf(command), async (session) => {
        const { objects } = spaceNamed(session, wanted);
        await objects.caughtUp();
        if (asked.count === true) say(String(objects.count(query)));
        else for (const object of objects.query(query)) sayJson(plain(object));
      });
    });
}

function queryOf(conditions: readonly string[], { text, limit, texts = false, deleted = false }: Asked) {
  if (limit !== undefined && !/^\d{1,9}$/.test(limit)) throw new CommandError('--limit takes a whole number.');
  const most = limit === undefined ? undefined : Number(limit);
  return {
    where: Object.fromEntries(conditions.map(condition)),
    texts,
    deleted,
    ...(text !== undefined && { text }),
    ...(most !== undefined && { limit: most }),
  };
}

/** JSON where it is some, else the text itself: done=true, size=3, title=Home. */
function condition(text: string): [string, JsonValue] {
  const at = text.indexOf('=');
  if (at < 1) throw new CommandError(`“${text}” is no condition. One looks like done=true or title="Home".`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value) as JsonValue];
  } catch {
    return [text.slice(0, at), value];
  }
}

const plain = ({ id, createdAt, updatedAt, fields, texts }: StoredObject) => ({
  id,
  created: createdAt,
  updated: updatedAt,
  ...(texts !== undefined && Object.keys(texts).length > 0 && { texts }),
  fields,
});
