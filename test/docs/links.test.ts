/** Every link and picture of the documents leads somewhere, and every command they name exists. */
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import description from '../../package.json' with { type: 'json' };
import { ROOT, anchors, documents, links, readDocument } from './documents.ts';

/** Commands of npm itself. */
const NPM_OWN = new Set(['ci', 'install', 'start', 'test']);

/** What is wrong with the links of a document that stands at `path`. */
function deadLinks(path: string, markdown: string): string[] {
  return links(markdown).filter((target) => {
    if (/^[a-z]+:/.test(target)) return !URL.canParse(target); // other people's pages are not visited
    const [file = '', anchor] = target.split('#');
    const place = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)));
    if (place.startsWith('..') || !existsSync(join(ROOT, place))) return true;
    const text = file === '' ? markdown : place.endsWith('.md') ? readDocument(place) : '';
    return anchor !== undefined && text !== '' && !anchors(text).includes(anchor);
  });
}

/** `npm start`, `npm test` and `npm run x` that package.json does not have. */
function unknownCommands(markdown: string): string[] {
  const scripts = Object.keys(description.scripts);
  return [...markdown.matchAll(/\bnpm (?:run )?([a-z][a-z:-]*)/g)]
    .filter(([whole, name = '']) => whole.includes(' run ') || NPM_OWN.has(name))
    .map(([, name = '']) => name)
    .filter((name) => !scripts.includes(name) && !['ci', 'install'].includes(name));
}

test('the documents are found', () => {
  expect(documents()).toEqual(
    expect.arrayContaining(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md', 'SECURITY.md', 'docs/sdk.md']),
  );
});

for (const path of documents()) {
  test(`${path}: every link and picture leads somewhere, every command exists`, () => {
    const markdown = readDocument(path);
    expect({ dead: deadLinks(path, markdown), unknown: unknownCommands(markdown) }).toEqual({ dead: [], unknown: [] });
  });
}

test('a dead link, a picture that is gone, a heading that is not there and an unknown command are found', () => {
  const planted = [
    '# A heading, here',
    '[one](nowhere.md) ![two](docs/images/none.png) [three](README.md#no-such-heading) [four](#a-heading-here)',
    '[five](../outside.md) [six](docs/sdk.md) `[seven](code.md)` [eight]: not a reference',
    '[nine]: gone.md',
    'Run `npm run fly`, `npm run check` and `npm test`.',
  ].join('\n');
  expect({ dead: deadLinks('README.md', planted), unknown: unknownCommands(planted) }).toEqual({
    dead: ['nowhere.md', 'docs/images/none.png', 'README.md#no-such-heading', '../outside.md', 'gone.md'],
    unknown: ['fly'],
  });
});
