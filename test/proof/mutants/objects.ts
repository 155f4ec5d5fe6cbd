/** Text and objects: checks that are taken out, see table.ts. */
import type { Mutant } from './table.ts';

const echo = 'main/engine/echo/';

export const OBJECTS: readonly Mutant[] = [
  {
    check: 'text is written under the author’s own client id',
    file: `${echo}text-check.ts`,
    find: "if (struct.id.client !== client) throw new Rejected('text by another client');",
    replace: '',
    noticed: `${echo}document-updates.test.ts`,
  },
  {
    check: 'text goes on where its author’s text ended',
    file: `${echo}text-check.ts`,
    find: "if (struct.id.clock !== seen(client)) throw new Rejected('a gap in the clocks');",
    replace: '',
    noticed: `${echo}document-updates.test.ts`,
  },
  {
    check: 'only text that is there is deleted',
    file: `${echo}text-check.ts`,
    find: "if (clock < 0 || len < 1 || clock + len > seen(of)) throw new Rejected('deletes unknown text');",
    replace: '',
    noticed: `${echo}document-updates.test.ts`,
  },
  {
    check: 'text counts by what its entry had seen',
    file: `${echo}text.ts`,
    find: 'return (readSeen.get(object, of, seen(of))',
    replace: 'return (readSeen.get(object, of, 2 ** 53 - 1 - seen(of))',
    noticed: 'test/engine/log/hostile-texts.test.ts',
  },
  {
    check: 'a right origin comes after the origin',
    file: `${echo}text-order.ts`,
    find: 'if (between !== right) return false;',
    replace: 'if (between !== right) return true;',
    noticed: `${echo}text-order.test.ts`,
  },
  {
    check: 'nothing that an author had seen stands between the origins of his text',
    file: `${echo}text-order.ts`,
    find: 'if (this.#wasSeen(item, between.id.client, between.id.clock)) return false;',
    replace: '',
    noticed: `${echo}text-order.test.ts`,
  },
  {
    check: 'a reader writes nothing',
    file: `${echo}write.ts`,
    find: 'return isWriter(ownRole(space)) && ',
    replace: 'return ',
    noticed: 'test/engine/log/limits.test.ts',
  },
];
