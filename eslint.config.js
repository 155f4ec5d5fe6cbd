/**
 * What the compiler cannot say. Each ban has its reason in its message; the arrows between folders are in
 * .dependency-cruiser.mjs.
 */
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const fromOutside = 'comes from outside: take it through a port (main/engine/ports.ts).';
const engineGlobals = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'Buffer',
  'process',
  'console',
  'fetch',
  'window',
  'document',
].map((name) => ({ name, message: `${name} ${fromOutside}` }));

const oneVerifier =
  'Signatures are verified in one place, main/engine/crypto/sign.ts, which refuses weak keys and odd encodings.';
const nobleIsAnOracle = 'noble is the oracle of tests; what ships uses libsodium through main/engine/crypto.';

const secondVerifiers = [
  {
    selector: 'MemberExpression[property.name=/^crypto_sign(_ed25519)?_(verify_detached|open)$/]',
    message: oneVerifier,
  },
  {
    selector: 'ImportSpecifier[imported.name=/^crypto_sign(_ed25519)?_(verify_detached|open)$/]',
    message: oneVerifier,
  },
];

export default tseslint.config(
  { ignores: ['out/', 'dist/', 'node_modules/', 'test/vectors/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { globals: globals.browser, parserOptions: { parser: tseslint.parser } },
  },
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An exhaustive switch ends in `never`, and a number in a sentence needs no String().
      '@typescript-eslint/no-dynamic-delete': 'off',
      'no-restricted-imports': ['error', { patterns: [{ group: ['@noble/*'], message: nobleIsAnOracle }] }],
      'no-restricted-syntax': ['error', ...secondVerifiers],
      'no-eval': 'error',
      'no-new-func': 'error',
      // `!= null` asks for both kinds of nothing at once.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Text from outside is cleaned of control characters by naming them.
      'no-control-regex': 'off',
      // The compiler knows which of its warnings a comment answers; this rule does not see those about runes.
      'svelte/no-unused-svelte-ignore': 'off',
      // Controllers keep timers and caches in plain maps; what a window shows is replaced as a whole ($state.raw).
      'svelte/prefer-svelte-reactivity': 'off',
      // CodeMirror's and Svelte's own types say `T | void` for a function that may give nothing.
      '@typescript-eslint/no-invalid-void-type': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // The compiler knows every name in TypeScript, Svelte's templates among them.
    files: ['**/*.ts', '**/*.svelte'],
    rules: { 'no-undef': 'off' },
  },
  {
    files: ['build/**/*.mjs', 'docs/examples/*.mjs', 'build/**/*.js', '*.mjs', '*.config.js', '**/*.cjs'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['build/setup/fallback-loader/*.js', 'build/icons/*.js', '**/*.cjs'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // A promise that nobody waits for swallows its failure. Needs types, so it is kept to what ships from TypeScript.
    files: ['main/**/*.ts', 'native/**/*.ts', 'preload/**/*.ts'],
    ignores: ['**/*.test.ts'],
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.engine.json', 'tsconfig.node.json', 'tsconfig.main.json', 'tsconfig.preload.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['main/engine/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', ...engineGlobals],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: `The time ${fromOutside}` },
        { object: 'Math', property: 'random', message: `Randomness ${fromOutside}` },
        { object: 'globalThis', property: 'crypto', message: `Randomness ${fromOutside}` },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['@noble/*'], message: nobleIsAnOracle },
            { group: ['node:*', 'electron', 'electron/*'], message: 'The engine runs anywhere: no Node, no Electron.' },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        ...secondVerifiers,
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: `The time ${fromOutside}` },
        {
          selector: ':matches(TemplateElement[value.raw=/LIMIT \\?(?! \\+ 0)/], Literal[value=/LIMIT \\?(?! \\+ 0)/])',
          message: 'SQLite prepares a statement with a bare LIMIT ? again at each run: LIMIT of echo/sql.ts.',
        },
      ],
    },
  },
  {
    files: ['main/engine/crypto/sign.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: `The time ${fromOutside}` },
      ],
    },
  },
  {
    // Tests compare with independent implementations, forge what the app would refuse, and index what they just made.
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      'no-restricted-imports': 'off',
      'no-restricted-syntax': 'off',
      'max-lines': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
