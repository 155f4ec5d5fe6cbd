/**
 * `npm run bench`: measures, prints a table and writes out/bench.json, where parts that are left out keep what they have.
 * Each figure stands beside a floor measured in the same run, because machines differ and the ratio less so.
 * `--traces <path>`: a recorded editing trace, or a folder of them; `--only objects,typing,history,reopening,network,ways,
 * window,notes,blobs,queries,syncing,lively,keystrokes,files,sizes,authors,peers`: some of the parts; `--keystrokes <n>`:
 * only a trace's first ones; `--runs <n>` instead of three. `--check` fails when a ratio is worse by more than a quarter
 * than in baseline.json; `--keep` makes what is in out/bench.json the baseline, and draws the picture of
 * docs/benchmarks.md.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { TOLERANCE, baselineOf, compare, type Baseline } from './baseline.ts';
import { authors } from './authors.ts';
import { files } from './files.ts';
import { firstPage } from './first-page.ts';
import { history } from './history.ts';
import { resultOf, table, type Missing, type Result, type Row } from './measured.ts';
import { keystrokes } from './keystrokes.ts';
import { network } from './network.ts';
import { lively } from './lively.ts';
import { manyNotes } from './notes.ts';
import { blobs } from './blobs.ts';
import { objects } from './objects.ts';
import { partsAsked, partsIn, resultsOf, textOf, type Parts } from './parts.ts';
import { peers } from './peers/index.ts';
import { plot } from './plot.ts';
import { queries } from './queries.ts';
import { reopening } from './reopening.ts';
import { syncing } from './syncing.ts';
import { sizes } from './sizes.ts';
import { loadTrace } from './trace.ts';
import { typing } from './typing.ts';
import { ways } from './ways.ts';
import { appStart } from './window.ts';

const { values } = parseArgs({
  options: {
    traces: { type: 'string' },
    only: { type: 'string' },
    keystrokes: { type: 'string' },
    runs: { type: 'string' },
    check: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const RUNS = Number(values.runs ?? 3);

const measures: Readonly<Record<string, () => Promise<readonly (Row | Missing)[]>>> = {
  objects: () => objects(RUNS),
  typing: () => typing(trace(), RUNS),
  authors: () => authors(values.traces, RUNS),
  history: () => history(trace(), RUNS),
  reopening: () => reopening(trace(), RUNS),
  network: () => network(RUNS),
  ways: () => ways(RUNS),
  window: async () => [await appStart(RUNS)],
  notes: async () => [...(await manyNotes(RUNS)), ...(await firstPage(RUNS))],
  blobs: () => blobs(RUNS),
  queries: () => queries(RUNS),
  syncing: () => syncing(RUNS),
  lively: () => lively(RUNS),
  keystrokes: () => keystrokes(RUNS),
  files: () => files(RUNS),
  sizes: () => sizes(RUNS),
  peers: () => peers(trace(), RUNS),
};

const names = Object.keys(measures);
const asked = partsOrEnd();

function partsOrEnd(): readonly string[] {
  try {
    return partsAsked(values.only, names);
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(why: string): never {
  console.error(why);
  process.exit(1);
}

function trace() {
  const whole = loadTrace(values.traces);
  if (values.keystrokes === undefined) return whole;
  const keystrokes = whole.keystrokes.slice(0, Number(values.keystrokes));
  return { name: whole.name, keystrokes };
}

if (!(Number.isInteger(RUNS) && RUNS >= 1)) refuse(`--runs is a whole number from 1 on, and not ${values.runs}.`);
await ready();
const cpu = cpus();
const machine = `${cpu.length} × ${cpu[0]?.model.trim() ?? 'unknown'}, ${process.platform}, Node ${process.versions.node}`;
const out = join(import.meta.dirname, '../../out');
const file = join(out, 'bench.json');
mkdirSync(out, { recursive: true });
let parts: Parts = existsSync(file) ? partsIn(readFileSync(file, 'utf8'), machine) : {};
const results: (Result | Missing)[] = [];
for (const [name, measure] of Object.entries(measures)) {
  if (!asked.includes(name)) continue;
  console.log(`measuring ${name} …`);
  const at = new Date().toISOString();
  const found = (await measure()).map((row) => ('missing' in row ? row : resultOf(row)));
  results.push(...found);
  parts = { ...parts, [name]: { at, runs: RUNS, results: found } };
  writeFileSync(file, textOf(machine, parts, names)); // at once: whoever ends the bench keeps what it has measured
}
const picture = plot(resultsOf(parts, names));
writeFileSync(join(out, 'bench.svg'), picture);
console.log(`\n${machine}; ${RUNS} runs: least / median / most\n\n${table(results)}`);

const kept = join(import.meta.dirname, 'baseline.json');
if (values.check) {
  const baseline = JSON.parse(readFileSync(kept, 'utf8')) as Baseline;
  const { worse, compared } = compare(baseline, results, asked);
  console.log(`\n${compared} ratios compared with those of ${baseline.machine}`);
  for (const sentence of worse) console.log(`✗ ${sentence}`);
  if (worse.length > 0) {
    console.log(
      `Worse by more than ${TOLERANCE * 100} %. Other work on the machine does that too: measure again when it is quiet.`,
    );
    process.exitCode = 1;
  }
}
// Last: what is checked is checked against the baseline before.
if (values.keep) {
  writeFileSync(kept, `${JSON.stringify(baselineOf(machine, parts, names), undefined, 2)}\n`);
  writeFileSync(join(import.meta.dirname, '../../docs/images/benchmarks.svg'), picture);
}
