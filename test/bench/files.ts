/** (o) 10,000 Markdown files into a space, against reading and hashing them. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { timed, type Row } from './measured.ts';
import { inFolder, openClient } from './places.ts';

const FILES = 10_000;
const FOLDERS = 100;
const text = (n: number): string =>
  `# Note ${n}\n\nThe gate and the barrel, number ${n}, see [the bean fence](https://example.org/${n}).\n\n`.repeat(5);

export async function files(runs: number): Promise<Row[]> {
  const [ours, floor]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    await inFolder(async (folder) => {
      const paths = written(join(folder, 'files'));
      floor.push(await timed(() => paths.forEach((path) => createHash('sha256').update(readFileSync(path)).digest())));
      const client = await openClient(join(folder, 'profile'));
      const space = await client.echo.createSpace({ name: 'Bench' });
      ours.push(
        await timed(async () => {
          const { objects } = await space.files.takeMarkdown([join(folder, 'files')]);
          if (objects !== FILES) throw new Error(`${objects} of ${FILES} files were taken in`);
          await space.db.flush();
        }),
      );
      await client.destroy();
    });
  }
  return [
    {
      name: `(o) import of ${FILES} Markdown files, durable`,
      ours,
      floor: { name: 'reading and hashing them', runs: floor },
      goal: { most: 10 },
    },
  ];
}

function written(folder: string): string[] {
  return Array.from({ length: FILES }, (_, n) => {
    const inside = join(folder, `folder ${n % FOLDERS}`);
    if (n < FOLDERS) mkdirSync(inside, { recursive: true });
    const path = join(inside, `note ${n}.md`);
    writeFileSync(path, text(n));
    return path;
  });
}
