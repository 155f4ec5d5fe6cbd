/**
 * Files for a few people. `node docs/examples/drop.mjs` opens yours, or begins one; `node docs/examples/drop.mjs <code>`
 * joins somebody else's. Who drops a file stays until somebody has it; they pass it on.
 */
import { basename } from 'node:path';
import { enter, invite, printable } from './entrance.mjs';

await enter('drop', async ({ space, ask, leave }) => {
  let files = [];
  // What others wrote need not be a file.
  const about = ({ name, content }) => {
    try {
      return printable(`${name}, ${content.size} bytes, ${space.blobs.status(content).state}`);
    } catch {
      return 'no file';
    }
  };
  space.db.query({ type: 'file' }).subscribe((present) => {
    files = present;
    for (const [at, file] of files.entries()) console.log(`${at + 1}. ${about(file)}`);
  });
  console.log('Type “drop <file>”, “get <number> <new file>”, “remove <number>”, “invite”, or “quit”.');
  for (;;) {
    const [, command, number, path] = /^(\w+)(?: (\d+)(?= |$))?(?: ?(.+))?$/.exec(await ask()) ?? [];
    const file = files[Number(number) - 1];
    try {
      if (command === 'quit') await leave();
      else if (command === 'invite') invite(space);
      else if (command === 'drop' && path) {
        const content = await space.blobs.add(
          { path },
          {
            onProgress: (bytes) => process.stdout.write(`\r${bytes} bytes `),
          },
        );
        await space.db.add({ type: 'file', name: basename(path), content });
      } else if (command === 'get' && file && path) {
        await space.blobs.save(file.content, path);
        console.log(`${path} is whole.`);
      } else if (command === 'remove' && file) await space.db.remove(file);
      else console.log('That was not understood.');
    } catch (error) {
      console.log(error.message);
    }
  }
});
