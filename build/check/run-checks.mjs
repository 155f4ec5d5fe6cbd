/** Runs the checks, a few at a time, and the planted faults with them; gives one test case for each of the two. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { projectEnvironment, projectNode, root } from '../setup/project.mjs';
import { checks } from './checks.mjs';

/** @typedef {import('../test/tally.mjs').Case} Case */

/**
 * @param {(finished: Case) => void} onCase called as each one ends
 * @returns {Promise<Case[]>}
 */
export async function runChecks(onCase) {
  // Its own number: two runs in one checkout stay out of each other's way.
  const planted = join(root, `out/planted-${process.pid}`);
  rmSync(planted, { recursive: true, force: true });
  const waiting = checks.flatMap((check, index) => [
    () => runCheck(check),
    () => runPlanted(check, join(planted, String(index))),
  ]);
  /** @type {Case[]} */
  const cases = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const finished = await next();
      onCase(finished);
      cases.push(finished);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, cpus().length) }, worker));
  rmSync(planted, { recursive: true, force: true });
  return cases;
}

/** @param {import('./checks.mjs').Check} check @returns {Promise<Case>} */
async function runCheck({ name, command }) {
  const { code, output } = await runTool(command, root);
  return { suite: 'check', name, passed: code === 0, message: output };
}

/** @param {import('./checks.mjs').Check} check @param {string} folder @returns {Promise<Case>} */
async function runPlanted({ name, planted }, folder) {
  const fill = (/** @type {string} */ text) => text.replaceAll('{root}', root.replaceAll('\\', '/'));
  for (const [path, content] of Object.entries(planted.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), fill(content));
  }
  mkdirSync(folder, { recursive: true });
  const { code, output } = await runTool([...planted.command.map(fill), ...(name === 'eslint' ? [root] : [])], folder);
  const passed = code !== 0 && planted.finds.test(output);
  const message = `the planted fault was not found (exit ${code}):\n${output}`;
  return { suite: 'check', name: `${name} finds a planted fault`, passed, message };
}

/** @param {readonly string[]} command @param {string} cwd @returns {Promise<{ code: number | null, output: string }>} */
function runTool([script = '', ...args], cwd) {
  const path = isAbsolute(script) ? script : join(root, 'node_modules', script);
  const env = projectEnvironment({ NO_COLOR: '1', FORCE_COLOR: undefined });
  const tool = spawn(projectNode, [path, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  tool.stdout.on('data', (chunk) => (output += chunk));
  tool.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    tool.on('error', (error) => resolve({ code: null, output: error.message }));
    tool.on('close', (code) => resolve({ code, output: output.trim() }));
  });
}
