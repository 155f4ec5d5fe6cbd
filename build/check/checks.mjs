/**
 * Every check of the sources, and for each a planted fault that it has to find in the same run: a checker that is
 * misconfigured, or looks at no files, passes everything.
 */

/**
 * @typedef {object} Check
 * @property {string} name a sentence, as the report shows it
 * @property {readonly string[]} command the tool's script under node_modules, and its arguments
 * @property {Planted} planted
 *
 * @typedef {object} Planted
 * @property {Record<string, string>} files what the fault's folder holds, besides the project's own settings
 * @property {readonly string[]} command run there; `{root}` is the project's folder
 * @property {RegExp} finds what the tool must say about it
 */

const tsc = 'typescript/bin/tsc';

/**
 * What a tool remembers between two runs in one checkout. Only ESLint's can mislead, as its rules look at other files'
 * types and its memory does not: a fresh clone, as continuous integration has, remembers nothing.
 */
const memory = (/** @type {string} */ name) => `out/cache/${name}`;

/**
 * @param {string} runtime name of the tsconfig
 * @param {string} fault a line that only this runtime's settings refuse
 * @param {RegExp} finds
 * @returns {Check}
 */
const types = (runtime, fault, finds) => ({
  name: `types: ${runtime}`,
  command: [tsc, '--project', `tsconfig.${runtime}.json`],
  planted: {
    files: {
      'planted.ts': `${fault}\n`,
      'tsconfig.json': JSON.stringify({
        extends: `{root}/tsconfig.${runtime}.json`,
        include: ['planted.ts'],
        exclude: [],
      }),
    },
    command: [tsc, '--project', '.'],
    finds,
  },
});

const arrows = {
  'main/engine/planted.ts': "import 'node:fs';\nimport '../bridge/planted.ts';\n",
  'main/bridge/planted.ts': "import 'keytar';\n",
  'renderer/planted.ts': "import '../main/engine/planted.ts';\n",
  'native/planted.ts': "import '../main/client/planted.ts';\n",
  'main/client/planted.ts': "import '../shell/planted.ts';\n",
  'main/shell/planted.ts': 'export {};\n',
  'node_modules/keytar/index.js': '',
};

/** @type {readonly Check[]} */
export const checks = [
  types('engine', 'setTimeout(() => {}, 1);', /TS2304.*setTimeout/),
  types('node', "document.title = 'no window here';", /TS2584.*document/),
  types('main', 'window.close();', /TS2304.*window/),
  types('preload', 'const count: number = document.title;', /TS2322/),
  types('test', "const name: number = 'a test';\nexport { name };", /TS2322/),
  {
    name: 'types: renderer',
    command: [
      'svelte-check/bin/svelte-check',
      '--tsconfig',
      'tsconfig.renderer.json',
      '--fail-on-warnings',
      '--output',
      'human',
    ],
    planted: {
      files: {
        'Planted.svelte': '<script lang="ts">\n  const count: number = process.version;\n</script>\n\n{count}\n',
        'tsconfig.json': JSON.stringify({
          extends: '{root}/tsconfig.renderer.json',
          include: ['*.svelte'],
          exclude: [],
        }),
      },
      command: ['svelte-check/bin/svelte-check', '--tsconfig', 'tsconfig.json', '--output', 'human'],
      finds: /Cannot find name 'process'/,
    },
  },
  {
    name: 'eslint',
    command: [
      'eslint/bin/eslint.js',
      ...['--max-warnings=0', '--cache', '--cache-strategy=content', `--cache-location=${memory('eslint')}`, '.'],
    ],
    planted: { files: {}, command: ['{root}/build/check/planted-lint.mjs'], finds: /every ban holds/ },
  },
  {
    name: 'prettier',
    command: [
      'prettier/bin/prettier.cjs',
      ...['--check', '--log-level=warn', '--cache', `--cache-location=${memory('prettier')}`, '.'],
    ],
    planted: {
      files: { 'planted.ts': 'const   a = "b"\n' },
      command: ['prettier/bin/prettier.cjs', '--check', '--ignore-path=none', 'planted.ts'],
      finds: /planted\.ts[^]*Code style issues/,
    },
  },
  {
    name: 'dependency-cruiser',
    command: [
      'dependency-cruiser/bin/dependency-cruiser.mjs',
      ...['--config', '.dependency-cruiser.mjs', 'main', 'native', 'preload', 'renderer', 'build', 'test'],
    ],
    planted: {
      files: { ...arrows, 'tsconfig.json': '{}' },
      command: [
        'dependency-cruiser/bin/dependency-cruiser.mjs',
        ...['--config', '{root}/.dependency-cruiser.mjs', 'main', 'native', 'renderer'],
      ],
      finds:
        /^(?=[^]*engine-stands-alone: main\/engine\/planted.ts → (?:node:)?fs)(?=[^]*engine-stands-alone: .*bridge)(?=[^]*native-modules-in-native)(?=[^]*renderer-sees-the-contract)(?=[^]*native-serves-ports)(?=[^]*client-composes)/,
    },
  },
  {
    name: 'knip',
    command: ['knip/bin/knip.js', '--no-progress'],
    planted: {
      files: {
        'package.json': JSON.stringify({ name: 'planted', type: 'module', dependencies: { keytar: '1' } }),
        'knip.json': JSON.stringify({ entry: ['main.ts'], project: ['*.ts'] }),
        'main.ts': "import { used } from './part.ts';\nused();\n",
        'part.ts': 'export const used = () => {};\nexport const forgotten = 1;\n',
        'orphan.ts': 'export {};\n',
      },
      command: ['knip/bin/knip.js', '--no-progress'],
      finds: /^(?=[^]*orphan\.ts)(?=[^]*keytar)(?=[^]*forgotten)/,
    },
  },
  {
    name: 'docstrings of the SDK',
    command: ['typedoc/bin/typedoc', '--emit', 'none'],
    planted: {
      files: {
        'planted.ts':
          'export function undocumented(): void {}\n/** See {@link nowhere}. */\nexport type Unlinked = Hidden;\ninterface Hidden {}\n',
        'tsconfig.json': JSON.stringify({ extends: '{root}/tsconfig.base.json', files: ['planted.ts'] }),
        'typedoc.json': JSON.stringify({
          extends: '{root}/typedoc.json',
          entryPoints: ['planted.ts'],
          tsconfig: 'tsconfig.json',
          intentionallyNotExported: [],
        }),
      },
      command: ['typedoc/bin/typedoc', '--emit', 'none'],
      finds:
        /^(?=[^]*undocumented[^]*does not have any documentation)(?=[^]*Failed to resolve link to "nowhere")(?=[^]*Hidden, defined in)/,
    },
  },
];
