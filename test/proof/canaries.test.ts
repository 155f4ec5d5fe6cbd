/**
 * No secret leaves (protocol §9 S2): two people on real parts make a space, invite, write, add files, search and back up,
 * and are killed at work. Their keys, recovery words, codes, names, texts and files are then looked for in all that a stranger
 * could get hold of: what the broker saw, every file of their profiles as the kill left them, the backups, the logs; and
 * their keys and words in all that the main window was sent, which shows the rest on purpose.
 */
import { cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { findAll, needlesOf } from './canaries/search.ts';
import type { Needle, Place, Secret } from './canaries/search.ts';
import { decrypted, secretsOf } from './canaries/secrets.ts';
import { startTappedBroker } from './canaries/tapped-broker.ts';
import type { TappedBroker } from './canaries/tapped-broker.ts';
import { PATIENCE_MS, Telling } from './kills/telling.ts';
import { record, sized } from './scale.ts';

const CRASHES = sized({ share: 1, proof: 12, nightly: 200 });
const program = new URL('canaries/person.ts', import.meta.url);

/** Not in any dictionary, and with a letter that has two spellings in Unicode. */
const word = (kind: string): string => `${kind}-kanärie-${randomBytes(5).toString('hex')}`;
const content = (name: string, value: string): Secret => ({ name, value, shown: true });

interface Person {
  readonly name: string;
  readonly folder: string;
  process: Telling;
}

const profileOf = ({ folder }: Person) => ({
  folder: join(folder, 'profile'),
  keychain: join(folder, 'keychain.jsonl'),
});

async function answered(person: Person, request: Record<string, string>, key: string): Promise<Record<string, string>> {
  const answer = person.process.next(key);
  person.process.ask(request);
  return (await answer) as Record<string, string>;
}

/** Every file below, and its name. */
function filesOf(folder: string, name: string): Place[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((file) => statSync(join(folder, file)).isFile())
    .flatMap((file) => [
      { name: `${name}: ${file}`, bytes: readFileSync(join(folder, file)) },
      { name: `${name}: the name of ${file}`, bytes: Buffer.from(file) },
    ]);
}

/** What somebody else could get hold of; the window's messages are apart. */
function places(broker: TappedBroker, people: readonly Person[]): { open: Place[]; window: Place[] } {
  const said = (person: Person, file: string): Place => ({
    name: relative(join(person.folder, '..'), join(person.folder, file)),
    bytes: readFileSync(join(person.folder, file)),
  });
  return {
    open: [
      ...broker.heard(),
      ...people.flatMap((one) => filesOf(join(one.folder, 'profile'), one.name)),
      ...people.flatMap((one) => [said(one, 'log.txt'), said(one, 'errors.txt')]),
    ],
    window: people.map((one) => said(one, 'bridge.jsonl')),
  };
}

test(
  'no key, recovery word, code, name, text or file is found with the broker, on the disk after a kill, in a log or a backup',
  { timeout: sized({ share: 180_000, proof: 3_600_000, nightly: 60_000_000 }) },
  async () => {
    const base = mkdtempSync(join(tmpdir(), 'cove-canaries-'));
    const broker = await startTappedBroker();
    const begin = async (one: Omit<Person, 'process'>): Promise<Telling> => {
      const started = new Telling(program, [one.folder, one.name], {
        environment: { COVE_MEETING_POINTS: broker.url, COVE_BIND: '127.0.0.1' },
        errors: openSync(join(one.folder, 'errors.txt'), 'a'),
      });
      await started.next('ready');
      return started;
    };
    const people: Person[] = [];
    const secrets = new Map<string, Secret>();
    const plant = (...all: readonly Secret[]): void => all.forEach((one) => secrets.set(one.name, one));
    try {
      for (const short of ['Ana', 'Ben']) {
        const one = { name: word(short), folder: join(base, short) };
        mkdirSync(one.folder);
        people.push({ ...one, process: await begin(one) });
        plant(content(`the name of ${short}`, one.name));
      }
      const [ana, ben] = people as [Person, Person];
      const spaceName = word('space');
      plant(content('the name of the space', spaceName));
      const { spaceId = '', code = '', digits = '' } = await answered(ana, { do: 'host', spaceName }, 'code');
      // The keys of an invitation are erased once it was used: they are looked for from now on.
      const gather = (): void =>
        people.forEach((one, i) => plant(...secretsOf(['Ana', 'Ben'][i] as string, profileOf(one), Date.now())));
      gather();
      await answered(ben, { do: 'join', code, digits }, 'joined');

      const found: string[] = [];
      let files = 0;
      let bytes = 0;
      for (let crash = 0; crash < CRASHES; crash++) {
        for (const [i, one] of people.entries()) {
          const [title, text, field] = [word('title'), `${word('text')} ${word('more')}`, word('place')];
          const [file, fileName] = [word('file'), word('filename')];
          plant(
            { name: `file ${crash}.${i}`, value: file, shown: false },
            content(`the name of file ${crash}.${i}`, fileName),
            content(`title ${crash}.${i}`, title),
            content(`field ${crash}.${i}`, field),
            ...text.split(' ').map((part, k) => content(`text ${crash}.${i}.${k}`, part)),
          );
          await answered(one, { do: 'write', spaceId, title, text, field, file, fileName }, 'written');
          await answered(one, { do: 'back up' }, 'saved');
        }
        const until = performance.now() + PATIENCE_MS;
        while (Number((await answered(ben, { do: 'count', spaceId }, 'notes'))['notes']) < 2 * (crash + 1)) {
          expect(performance.now(), 'Ben gets what Ana wrote').toBeLessThan(until);
        }
        const all = String(2 * (crash + 1));
        for (const one of people) await answered(one, { do: 'save files', spaceId, files: all }, 'savedFiles');
        const title = word('work');
        plant(content(`the title of work ${crash}`, title));
        for (const one of people) await answered(one, { do: 'work', spaceId, title }, 'working');
        await Promise.all(people.map(({ process }) => process.kill()));
        for (const { folder } of people) {
          expect(statSync(join(folder, 'profile/cove.db-wal')).size, 'a write-ahead log is left').toBeGreaterThan(0);
        }
        gather();

        const needles = [...secrets.values()].flatMap(needlesOf);
        const { open, window } = places(broker, people);
        found.push(
          ...findAll(needles, open),
          ...findAll(
            needles.filter(({ secret }) => !secret.shown),
            window,
          ),
        );
        files += open.length + window.length;
        bytes += [...open, ...window].reduce((sum, place) => sum + place.bytes.length, 0);
        if (crash < CRASHES - 1) for (const one of people) one.process = await begin(one);
      }
      expect([...new Set(found)]).toEqual([]);
      expect(secrets.size).toBeGreaterThanOrEqual(40);

      const needles = [...secrets.values()].flatMap(needlesOf);
      const control = await plantedInTheOpen(needles, broker, people);
      record({
        id: 'S2',
        promise:
          'No key, recovery word, code, name, text or file is seen by the broker or left readable on the disk or in a log',
        figure: `${secrets.size} secrets in ${needles.length} forms, ${files} files and streams (${Math.round(bytes / 1e6)} MB) after ${CRASHES} kills, 0 found`,
        control,
      });
    } finally {
      await Promise.all(people.map(({ process }) => process.kill()));
      await broker.close();
      rmSync(base, { recursive: true, force: true });
    }
  },
);

/** The same search where encryption is off: the database without its cipher, plain frames through the same broker. */
async function plantedInTheOpen(needles: readonly Needle[], broker: TappedBroker, people: readonly Person[]) {
  const plain = people.flatMap((one) => {
    const copy = join(one.folder, 'plain');
    cpSync(profileOf(one).folder, copy, { recursive: true });
    decrypted({ ...profileOf(one), folder: copy });
    return filesOf(copy, one.name);
  });
  const onDisk = new Set(findAll(needles, plain).map((hit) => hit.split(', ')[0]));
  const contents = new Set(needles.filter(({ secret }) => secret.shown).map(({ secret }) => secret.name));
  const unseen = [...contents].filter((name) => !onDisk.has(name) && !/^invitation/.test(name));

  const saved = new Set(
    people
      .map((one) => findAll(needles, filesOf(join(one.folder, 'saved'), one.name)).map((hit) => hit.split(', ')[0]))
      .flat(),
  );
  const notSaved = needles.filter(({ secret }) => /^file /.test(secret.name) && !saved.has(secret.name));

  const client = await mqtt.connectAsync(broker.url);
  for (const { bytes } of needles) await client.publishAsync('open', bytes);
  await client.endAsync();
  const heard = new Set(findAll(needles, broker.heard()));
  const unheard = needles.filter(({ secret, form }) => !heard.has(`${secret.name}, ${form}, in the broker’s traffic`));

  const { window } = places(broker, people);
  const shown = new Set(findAll(needles, window).map((hit) => hit.split(', ')[0]));
  const missed = { unseen, notSaved: notSaved.length, unheard: unheard.length };
  expect({ ...missed, shown: shown.size > 0 }).toEqual({ unseen: [], notSaved: 0, unheard: 0, shown: true });
  return {
    planted: `without its cipher the database shows ${onDisk.size} of them; files that were saved, all of theirs; plain frames through the broker, all; the window’s messages, the ${shown.size} that it shows`,
    caught: unseen.length === 0 && unheard.length === 0 && shown.size > 0,
  };
}
