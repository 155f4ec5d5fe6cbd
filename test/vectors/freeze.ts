/** Writes the vector files that do not exist yet; an existing one is never touched. Run: node test/vectors/freeze.ts */
import { existsSync, writeFileSync } from 'node:fs';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { FILES } from './derive.ts';
import { frozenLabels, newLabels } from './labels.ts';

await ready();
for (const [name, derive] of Object.entries(FILES)) freeze(name, derive());
const labels = newLabels();
if (Object.keys(labels).length > 0) freeze(`labels-${frozenLabels().length + 1}`, labels);

function freeze(name: string, values: object): void {
  const file = new URL(`${name}.json`, import.meta.url);
  if (existsSync(file)) return;
  writeFileSync(file, `${JSON.stringify(values, null, 2)}\n`);
  process.stdout.write(`froze ${name}.json\n`);
}
