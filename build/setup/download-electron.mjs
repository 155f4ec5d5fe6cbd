/**
 * Downloads the archive of the `electron` package (its folder is the argument) into Electron's own cache, showing
 * progress. Gives up when nothing arrives for 15 seconds, which the package's own first-use download does not: a
 * machine without a connection would hang. Mirrors (ELECTRON_MIRROR) and proxies (ELECTRON_GET_USE_PROXY) work.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { downloadArtifact } from '@electron/get';

const patience = 15_000;
const packageFolder = process.argv[2] ?? '';
const giveUp = new AbortController();
let shown = 0;

const onSilence = () => giveUp.abort(new Error(`nothing arrived for ${patience / 1000} seconds`));
const timer = setTimeout(onSilence, patience);

try {
  await downloadArtifact({
    version: readPackageFile('package.json').version,
    artifactName: 'electron',
    platform: process.platform,
    arch: process.arch,
    checksums: readPackageFile('checksums.json'),
    downloadOptions: { quiet: true, signal: giveUp.signal, getProgressCallback: showProgress },
  });
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  console.error(`cove:   ${error instanceof Error ? error.message : String(error)}${cause}`);
  process.exitCode = 1;
}
clearTimeout(timer);

/** @returns {any} */
function readPackageFile(/** @type {string} */ name) {
  return JSON.parse(readFileSync(join(packageFolder, name), 'utf8'));
}

async function showProgress(/** @type {{ percent: number }} */ { percent }) {
  timer.refresh();
  if (percent < shown + 0.25) return;
  shown = percent;
  console.error(`cove:   ${Math.round(percent * 100)} %`);
}
