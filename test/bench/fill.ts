/** Makes the profile that notes.ts measures, on the computer whose environment it runs in, and nothing else. */
import { Client } from '../../main/client/index.ts';
import { BIG_SPACE, LONG_NOTE, NOTES, SPACES, spaceName } from './many.ts';

const WORDS =
  'compost tomato bean fence gate water barrel seed straw path letter office kale glass frost almanac'.split(' ');
const word = (number: number): string => WORDS[number % WORDS.length] as string;

const client = new Client();
await client.initialize();
await client.halo.createProfile({ displayName: 'Zoë 🌱 عائشة محمد' });
for (let n = 0; n < SPACES - 1; n++) await client.echo.createSpace({ name: spaceName(n) });
const { objects, db } = await client.echo.createSpace({ name: BIG_SPACE });
objects.batch(() => {
  for (let n = 0; n < NOTES - 1; n++) {
    const body = `The ${word(n * 7)} and the ${word(n * 3)}, number ${n}. `.repeat(6);
    objects.create({ type: 'note', title: `Note ${n} about ${word(n)}` }, { body });
  }
  const lines = Array.from(
    { length: 1_000 },
    (_, n) => `Line ${n} with **bold** words, a [link](https://example.org/${n}) and \`code\` until it is long enough.`,
  );
  objects.create({ type: 'note', title: LONG_NOTE }, { body: lines.join('\n\n') });
});
await db.flush();
await client.destroy();
