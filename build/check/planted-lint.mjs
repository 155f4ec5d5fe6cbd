/**
 * Shows that ESLint's bans hold: each line below is linted as if it stood in the file named, and the rule named has to
 * refuse it. Ends with an error, as every tool that finds the planted fault does; a ban that does not hold is named.
 */
import { ESLint } from 'eslint';

/** @type {readonly [file: string, code: string, rule: string][]} */
const faults = [
  ['main/engine/planted.ts', 'Date.now();', 'no-restricted-properties'],
  ['main/engine/planted.ts', 'new Date();', 'no-restricted-syntax'],
  ['main/engine/planted.ts', 'Math.random();', 'no-restricted-properties'],
  ['main/engine/planted.ts', 'setTimeout(() => undefined, 1);', 'no-restricted-globals'],
  ['main/engine/planted.ts', 'setInterval(() => undefined, 1);', 'no-restricted-globals'],
  ['main/engine/planted.ts', 'console.log(1);', 'no-restricted-globals'],
  ['main/engine/planted.ts', 'Buffer.alloc(1);', 'no-restricted-globals'],
  ['main/engine/planted.ts', 'crypto.getRandomValues(new Uint8Array(1));', 'no-restricted-globals'],
  ['main/engine/planted.ts', "import 'node:fs';", 'no-restricted-imports'],
  ['main/engine/planted.ts', "import 'electron';", 'no-restricted-imports'],
  ['main/engine/halo/planted.ts', 'sodium.crypto_sign_verify_detached(a, b, c);', 'no-restricted-syntax'],
  ['native/planted.ts', 'sodium.crypto_sign_verify_detached(a, b, c);', 'no-restricted-syntax'],
  ['main/client/planted.ts', "import '@noble/curves/ed25519.js';", 'no-restricted-imports'],
  ['renderer/planted.ts', 'const a: any = 1;', '@typescript-eslint/no-explicit-any'],
  ['renderer/Planted.svelte', '{@html text}', 'svelte/no-at-html-tags'],
  ['test/planted.test.ts', 'var a = 1;', 'no-var'],
];

/** A planted file is in no tsconfig, so the few rules that need types are left out here. */
const typed = ['no-floating-promises', 'no-misused-promises', 'await-thenable', 'switch-exhaustiveness-check'];

const eslint = new ESLint({
  cwd: process.argv[2] ?? process.cwd(),
  overrideConfig: {
    files: ['**/*'],
    languageOptions: { parserOptions: { project: null } },
    rules: Object.fromEntries(typed.map((rule) => [`@typescript-eslint/${rule}`, 'off'])),
  },
});

const missed = [];
for (const [filePath, code, rule] of faults) {
  const [result] = await eslint.lintText(`${code}\n`, { filePath });
  if (!result?.messages.some((message) => message.ruleId === rule)) missed.push(`${filePath}: ${code} (${rule})`);
}
console.log(missed.length === 0 ? 'every ban holds' : `not refused:\n${missed.join('\n')}`);
process.exitCode = 1;
