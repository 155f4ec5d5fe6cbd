/**
 * (c) and (d): clients that meet over a broker and talk over real data channels, all on the loopback. The two that are
 * timed share a process; the others who look on have one of their own.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ChangeSet } from '@codemirror/state';
import { InvitationEncoder, type Client, type DocumentAuthority } from '../../main/client/index.ts';
import type { Channel, TransportSignal } from '../../main/engine/ports.ts';
import { startMeetingPoint } from '../../native/mqtt/meeting-point.ts';
import { createWebRtcTransport } from '../../native/webrtc/transport.ts';
import { timed, type Row } from './measured.ts';
import type { Asked } from './onlookers.ts';
import { heard, inFolder, openClient, rawDatabase, until } from './places.ts';

/** A pause after which a first keystroke must not wait for anything. */
const PAUSE_MS = 1_000;
const KEYSTROKES = 10;
/** Who have the note open besides the one who types; one of them is timed. */
const PEERS = 5;
/** After so many more the code that they run is compiled and optimised, as in an app that has been used for a while. */
const MANY_KEYSTROKES = 500;
/** Of the floors in a tight loop, where everything is in the processor's caches. */
const ROUND_TRIPS = 500;
const COMMITS = 200;
const LONGEST_MS = 20_000;

export async function network(runs: number): Promise<Row[]> {
  const [joined, cold, warm, stored]: [number[], number[], number[], number[]] = [[], [], [], []];
  const [paused, tight, commits]: [number[], number[], number[]] = [[], [], []];
  for (let run = 0; run < runs; run++) {
    await inFolder(async (folder) => {
      const point = await startMeetingPoint({ host: '127.0.0.1', port: 0, log: () => undefined });
      const ana = await openClient(join(folder, 'ana'), [point.url]);
      const ben = await openClient(join(folder, 'ben'), [point.url]);
      try {
        joined.push(await enter(ana, ben));
        const first = await amongOnlookers(folder, point.url, (ask) => firstKeystrokes(ana, ben, ask));
        cold.push(first.cold.arrived);
        warm.push(first.warm.arrived);
        stored.push(first.warm.stored);
      } finally {
        await ana.destroy();
        await ben.destroy();
        await point.close();
      }
    });
    const [commit, trip] = [await oneCommit(), await roundTrip()];
    commits.push(commit.paused);
    paused.push(trip.paused + commit.paused);
    tight.push(trip.tight + commit.tight);
  }
  const floor = { name: 'data channel round trip + one FULL commit, after the same pause', runs: paused };
  const goal = { most: 3 };
  const note = `each run is the median of ${KEYSTROKES} keystrokes, ${PAUSE_MS} ms apart; all have the note open`;
  const present = `${PEERS} peers present`;
  return [
    {
      name: `(c) first keystroke after a pause at A → text at B, ${present}, seconds after the start`,
      ours: cold,
      floor,
      goal,
      note,
    },
    { name: `(c) the same, after ${MANY_KEYSTROKES} keystrokes`, ours: warm, floor, goal, note },
    {
      name: '(c) the same, against the floor in a tight loop',
      ours: warm,
      floor: { name: 'data channel round trip + one FULL commit, one after the other', runs: tight },
      goal,
      note: 'what the processor forgets in a second counts against Cove only',
    },
    {
      name: '(c) of that, until it is stored at A',
      ours: stored,
      floor: { name: 'one FULL commit, after the same pause', runs: commits },
      note: 'no goal: what the row above is made of',
    },
    {
      name: '(d) invitation connected → joined, without the typing',
      ours: joined,
      floor: {
        name: 'two round trips + two FULL commits, one after the other',
        runs: tight.map((once) => 2 * once),
      },
      note: 'no goal; the digits are proven in one round trip, the admission takes another, and both sides store it',
    },
  ];
}

/** From the digits to a usable space, once both are connected. */
export async function enter(ana: Client, ben: Client): Promise<number> {
  const space = await ana.echo.createSpace({ name: 'Bench' });
  const { invitation } = space.createInvitation();
  const digits = invitation.authenticationCode ?? '';
  const joining = ben.echo.acceptInvitation(InvitationEncoder.decode(invitation.code));
  await until('connected', () => joining.invitation.state === 'ready-for-code');
  return await timed(() => joining.authenticate(digits));
}

interface Keystroke {
  readonly arrived: number;
  readonly stored: number;
}

type Ask = (asked: Asked) => Promise<void>;

/** With `PEERS - 1` others, who do what they are asked to. */
async function amongOnlookers<T>(folder: string, url: string, use: (ask: Ask) => Promise<T>): Promise<T> {
  const folders = Array.from({ length: PEERS - 1 }, (_, n) => join(folder, `onlooker-${n}`));
  const child: ChildProcess = fork(new URL('onlookers.ts', import.meta.url), [url, JSON.stringify(folders)]);
  try {
    await heard(child);
    return await use(async (asked) => {
      child.send(asked);
      await heard(child);
    });
  } finally {
    if (child.kill('SIGKILL')) await once(child, 'exit'); // what they would store is deleted
  }
}

async function firstKeystrokes(ana: Client, ben: Client, ask: Ask): Promise<{ cold: Keystroke; warm: Keystroke }> {
  const [here] = ana.echo.spaces;
  const [there] = ben.echo.spaces;
  if (here === undefined || there === undefined) throw new Error('nobody is in a space');
  const id = here.objects.create({ type: 'note', title: 'Letter' }, { text: '' });
  here.objects.flush();
  await until('the note arrived', () => there.objects.get(id) !== undefined);
  const invited = Array.from({ length: PEERS - 1 }, () => here.createInvitation().invitation);
  await ask({ join: invited.map(({ code, authenticationCode }) => ({ code, digits: authenticationCode ?? '' })) });
  here.presence.show({ objectId: id });
  there.presence.show({ objectId: id });
  await ask({ watch: id });
  await until('they see each other', () =>
    [here, there].every(({ presence, peers }) => {
      return presence.others.length === PEERS && peers.filter(({ connected }) => connected).length === PEERS;
    }),
  );
  const [from, to] = [here.objects.document(id, 'text'), there.objects.document(id, 'text')];

  async function keystroke(): Promise<Keystroke> {
    const { length } = from.text();
    const arrival = has(to, length + 1);
    const changes = ChangeSet.of({ from: length, insert: 'x' }, length).toJSON() as unknown;
    const start = performance.now();
    from.push(from.version, [{ changes, clientId: 'bench' }]);
    const stored = performance.now() - start;
    await arrival;
    return { arrived: performance.now() - start, stored };
  }
  async function afterPauses(): Promise<Keystroke> {
    const samples: Keystroke[] = [];
    for (let i = 0; i < KEYSTROKES; i++) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      samples.push(await keystroke());
    }
    return { arrived: median(samples.map((one) => one.arrived)), stored: median(samples.map((one) => one.stored)) };
  }

  const cold = await afterPauses();
  for (let i = 0; i < MANY_KEYSTROKES; i++) {
    const arrival = keystroke();
    here.objects.flush(); // an entry at once: the way that a first keystroke goes
    await arrival;
  }
  const warm = await afterPauses();
  from.close();
  to.close();
  return { cold, warm };
}

/** Resolves when the text has this length, in the callback that brought it. */
function has(document: DocumentAuthority, length: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the keystroke did not arrive')), LONGEST_MS);
    const cancel = document.subscribe(() => {
      if (document.text().length < length) return;
      clearTimeout(late);
      cancel();
      resolve();
    });
  });
}

interface Floor {
  /** After the pause that keystrokes come after. */
  readonly paused: number;
  /** One after the other. */
  readonly tight: number;
}

async function floorOf(times: number, work: () => unknown): Promise<Floor> {
  const [paused, tight]: [number[], number[]] = [[], []];
  for (let i = 0; i < times; i++) tight.push(await timed(work));
  for (let i = 0; i < KEYSTROKES; i++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    paused.push(await timed(work));
  }
  return { paused: median(paused), tight: median(tight) };
}

async function roundTrip(): Promise<Floor> {
  const [one, other] = [createWebRtcTransport({ bind: '127.0.0.1' }), createWebRtcTransport({ bind: '127.0.0.1' })];
  try {
    const early: TransportSignal[] = [];
    const answering: { side?: ReturnType<typeof other.connect> } = {};
    const calling = one.connect({
      initiator: true,
      onSignal: (signal) => void (answering.side?.accept(signal) ?? early.push(signal)),
    });
    answering.side = other.connect({ initiator: false, onSignal: (signal) => calling.accept(signal) });
    for (const signal of early.splice(0)) answering.side.accept(signal);
    const [near, far] = await Promise.all([calling.channel, answering.side.channel]);
    far.onMessage((message) => far.send(message));
    return await floorOf(ROUND_TRIPS, () => echoed(near));
  } finally {
    await one.close();
    await other.close();
  }
}

function echoed(channel: Channel): Promise<void> {
  return new Promise((resolve) => {
    channel.onMessage(() => resolve());
    channel.send(new Uint8Array(256));
  });
}

async function oneCommit(): Promise<Floor> {
  return await inFolder(async (folder) => {
    const database = rawDatabase(join(folder, 'raw.db'));
    const insert = database.prepare('INSERT INTO written (bytes) VALUES (?)');
    const floor = await floorOf(COMMITS, () => insert.run(new Uint8Array(512)));
    database.close();
    return floor;
  });
}

const median = (samples: readonly number[]): number =>
  [...samples].sort((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
