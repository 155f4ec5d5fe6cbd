/** Two computers on one network that has no way out: real interfaces, real multicast, real sockets. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Telling, type Told } from '../proof/kills/telling.ts';
import { Lab, type Computer } from './lab.ts';

const program = new URL('person.ts', import.meta.url);
let lab: Lab;
let base: string;
const people: Telling[] = [];

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'cove-reach-'));
  lab = await Lab.open();
});
afterEach(async () => {
  await Promise.all(people.splice(0).map((person) => person.kill()));
  await lab.close();
  rmSync(base, { recursive: true, force: true });
});

async function start({ name, inside }: Computer, environment: Readonly<Record<string, string>> = {}): Promise<Telling> {
  const folder = join(base, name);
  mkdirSync(folder, { recursive: true });
  const person = new Telling(program, [folder, name], {
    environment: { COVE_BIND: '', COVE_LAN: '1', COVE_MEETING_POINTS: '', ...environment },
    inside,
  });
  people.push(person);
  await person.next('ready');
  return person;
}

async function answered(person: Telling, request: Told, key: string): Promise<Readonly<Record<string, string>>> {
  const answer = Promise.race([person.next(key), person.next('error')]);
  person.ask(request);
  const told = await answer;
  if ('error' in told) throw new Error(`${String(request['do'])}: ${String(told['error'])}`);
  return told as Readonly<Record<string, string>>;
}

/** What one writes the other one sees. */
async function passes(from: Telling, to: Telling, space: string, title: string): Promise<void> {
  const seen = answered(to, { do: 'wait', space, title }, 'seen');
  await answered(from, { do: 'write', space, title }, 'written');
  await seen;
}

test('no internet and no meeting point but the host’s own: invited, joined, written both ways, and again after a cut', async () => {
  lab.network('home');
  const [here, there] = [await lab.computer('ana'), await lab.computer('ben')];
  const cable = lab.connect(here, 'home', '192.168.7.2/24');
  lab.connect(there, 'home', '192.168.7.3/24');
  let ana = await start(here, { OWN_MEETING_POINT: '1' });
  let ben = await start(there);
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await passes(ana, ben, space, 'from Ana');
  await passes(ben, ana, space, 'from Ben');

  // From now on there is no meeting point at all.
  for (const person of [ana, ben]) {
    person.ask({ do: 'stop' });
    await person.ended;
  }
  ana = await start(here);
  await answered(ana, { do: 'write', space, title: 'while Ben is away' }, 'written');
  ben = await start(there);
  await answered(ben, { do: 'wait', space, title: 'while Ben is away' }, 'seen');
  await passes(ben, ana, space, 'from Ben, back again');

  cable.pull();
  await answered(ana, { do: 'write', space, title: 'in the dark' }, 'written');
  const seen = answered(ben, { do: 'wait', space, title: 'in the dark' }, 'seen');
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  cable.plug();
  await seen;
});

test('where members are not looked for, they do not find each other', async () => {
  lab.network('home');
  const [here, there] = [await lab.computer('ana'), await lab.computer('ben')];
  lab.connect(here, 'home', '192.168.7.2/24');
  lab.connect(there, 'home', '192.168.7.3/24');
  let ana = await start(here, { OWN_MEETING_POINT: '1' });
  const ben = await start(there, { COVE_LAN: '0' });
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await passes(ana, ben, space, 'from Ana');
  ana.ask({ do: 'stop' });
  await ana.ended;
  ana = await start(here);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  expect((await answered(ana, { do: 'look', space }, 'connected'))['connected']).toBe(0);
});
