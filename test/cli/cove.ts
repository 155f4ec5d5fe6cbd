/** Runs the command line as it is built, in processes of its own, each profile in a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { ROOT } from '../docs/documents.ts';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';
import { converse, type Conversation } from './conversation.ts';

export class Person {
  readonly folder = mkdtempSync(join(tmpdir(), 'cove-cli-'));
  readonly #started: Conversation[] = [];
  readonly env: NodeJS.ProcessEnv;

  constructor(meetingPoints: string) {
    const passphrase = join(this.folder, 'passphrase');
    writeFileSync(passphrase, 'correct horse\n');
    this.env = {
      ...process.env,
      COVE_DATA_DIR: join(this.folder, 'profile'),
      COVE_PASSPHRASE_FILE: passphrase,
      COVE_MEETING_POINTS: meetingPoints,
      COVE_BIND: '127.0.0.1',
    };
  }

  /** Without further input, until it has ended. */
  async cove(...args: readonly string[]) {
    return this.start(...args).ended;
  }

  start(...args: readonly string[]): Conversation {
    const started = converse([join(ROOT, 'out/sdk/cove.js'), ...args], this.folder, this.env);
    this.#started.push(started);
    return started;
  }

  async remove(): Promise<void> {
    for (const one of this.#started) one.kill();
    await Promise.all(this.#started.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Begins the tests of a file with people who meet over a real broker, and makes more of them; they go with the file. */
export function overBroker(begin: (newcomer: () => Person) => void): () => Person {
  let broker: Mosquitto;
  const people: Person[] = [];
  const newcomer = (): Person => {
    const person = new Person(broker.url);
    people.push(person);
    return person;
  };
  beforeAll(async () => {
    broker = await startMosquitto();
    begin(newcomer);
  });
  afterAll(async () => {
    for (const person of people) await person.remove();
    await broker.close();
  });
  return newcomer;
}
