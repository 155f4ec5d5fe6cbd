/**
 * The arrows between folders (ARCHITECTURE.md). Each rule names the only places a folder may import from; the compiler
 * keeps the globals apart, this keeps the modules apart.
 */
const test = '\\.test\\.ts$';
/** Published packages without any I/O of their own. */
const engineLibraries =
  '^node_modules/(@codemirror/(collab|state)|@scure/(base|bip39)|cborg|diff|fflate|libsodium-wrappers-sumo|shamir-secret-sharing|yjs|zod)/';
const nativeModules =
  '^node_modules/(better-sqlite3|better-sqlite3-multiple-ciphers|keytar|@github/keytar|node-datachannel|mqtt|aedes)/';

/**
 * Everything under `from` (tests aside) imports from `to` only.
 * @param {string} name @param {string} why @param {string} from @param {string[]} to
 */
const only = (name, why, from, to) => ({
  name,
  comment: why,
  severity: 'error',
  from: { path: from, pathNot: test },
  to: { pathNot: to },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    only(
      'engine-stands-alone',
      'The engine is host-neutral: no Node, no Electron, nobody else of ours.',
      '^main/engine/',
      ['^main/engine/', engineLibraries],
    ),
    {
      name: 'crypto-in-one-place',
      comment: 'Only main/engine/crypto speaks to libsodium and to secret sharing: keys, labels and checks live there.',
      severity: 'error',
      from: { path: '^(main|preload|renderer)/', pathNot: ['^main/engine/crypto/', test] },
      to: { path: '^node_modules/(libsodium|shamir)' },
    },
    {
      name: 'native-serves-ports',
      comment: "native/ implements the engine's ports with real components and knows nothing else of ours.",
      severity: 'error',
      from: { path: '^native/', pathNot: test },
      to: { path: '^(main|preload|renderer|test)/', pathNot: '^main/engine/' },
    },
    {
      name: 'native-modules-in-native',
      comment: 'Native modules and sockets have one importer each, under native/.',
      severity: 'error',
      from: { path: '^(main|preload|renderer)/', pathNot: test },
      to: { path: nativeModules },
    },
    {
      name: 'client-composes',
      comment: 'The SDK runs in plain Node: engine and native, no app, no Electron.',
      severity: 'error',
      from: { path: '^main/client/', pathNot: test },
      to: { path: ['^main/(bridge|shell|index)', '^preload/', '^renderer/', '^node_modules/electron/'] },
    },
    only('testing-composes', 'The test kit is clients and a meeting point for them.', '^main/testing/', [
      '^main/(testing|client)/',
      '^main/engine/(errors|ports)',
      '^native/mqtt/meeting-point',
      '^(fs|os|path)$',
    ]),
    {
      name: 'cli-uses-the-client',
      comment:
        'The command line is the SDK in a terminal; of the app it has the settings, and the Doctor with its words.',
      severity: 'error',
      from: { path: '^main/cli/', pathNot: test },
      to: {
        path: ['^main/(engine|shell|index)', '^native/', '^renderer/(?!messages/doctor)', '^node_modules/electron/'],
      },
    },
    {
      name: 'bridge-uses-the-client',
      comment:
        "The app is the SDK's first user: the bridge sees the client and the contract; of the shell, types only.",
      severity: 'error',
      from: { path: '^main/bridge/', pathNot: test },
      to: {
        path: ['^main/(engine|shell|index)', '^native/', '^renderer/', '^preload/(?!contract/|channels)'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'shell-is-electron-only',
      comment: 'The shell knows windows and policies, not spaces.',
      severity: 'error',
      from: { path: '^main/shell/', pathNot: test },
      to: { path: ['^main/(?!shell/)', '^native/', '^renderer/', '^preload/(?!contract/|channels)'] },
    },
    {
      name: 'contract-is-a-leaf',
      comment: 'Both sides see the contract, so it sees neither.',
      severity: 'error',
      from: { path: '^preload/contract/', pathNot: test },
      to: { pathNot: ['^preload/contract/', '^node_modules/(zod|@codemirror/(collab|state))/'] },
    },
    {
      name: 'preload-is-thin',
      comment: 'A sandboxed preload has electron and the contract.',
      severity: 'error',
      from: { path: '^preload/', pathNot: test },
      to: { path: ['^main/', '^native/', '^renderer/'] },
    },
    {
      name: 'renderer-sees-the-contract',
      comment: 'A window has no Node, no Electron and no engine, only the contract.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: test },
      to: { path: ['^main/', '^native/', '^preload/(?!contract/)', '^test/', '^node_modules/electron/'] },
    },
    {
      name: 'renderer-has-no-node',
      comment: 'A sandboxed window has no Node.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'ui-knows-no-domain',
      comment: 'renderer/ui is the bottom tier: nothing of notes, spaces or people in it.',
      severity: 'error',
      from: { path: '^renderer/ui/', pathNot: test },
      to: { path: '^renderer/(spaces|notes|invitations|identity|settings|views|phrase)/' },
    },
    {
      name: 'setup-needs-nothing-installed',
      comment: 'What npm start loads first runs before node_modules exists.',
      severity: 'error',
      from: {
        path: '^build/(start|demo|app|test|bench|check|package)\\.mjs$|^build/setup/',
        pathNot: '/(download-electron|fallback-loader/index)\\.m?js$',
      },
      to: { path: '^node_modules/' },
    },
    {
      name: 'no-tests-in-the-app',
      comment: 'Nothing that ships imports a test or its tools.',
      severity: 'error',
      from: { path: '^(main|native|preload|renderer)/', pathNot: test },
      to: { path: ['^test/', test, '^node_modules/(vitest|fast-check|@noble|@playwright|playwright)/'] },
    },
    {
      name: 'no-circles',
      comment: 'Two modules that need each other are one module, or hide a third. Types may refer to each other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(electron|cove)$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    skipAnalysisNotInRules: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'svelte', 'types', 'default', 'node'],
      extensions: ['.ts', '.svelte', '.mjs', '.js', '.d.ts'],
    },
  },
};
