/** Writes the vector files that do not exist yet; an existing one is never touched. Run: node test/vectors/freeze.ts */
import { existsSync, writeFileSync } from 'node:fs';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { FILES } from './derive.ts';

await ready();
for (const [name, derive] of Object.entries(FILES)) {
  const file = new URL(`${name}.json`, import.meta.url);
  if (existsSync(file)) continue;
  writeFileSync(file, `${JSON.stringify(derive(), null, 2)}\n`);
  process.stdout.write(`froze ${name}.json\n`);
}
