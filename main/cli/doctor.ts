/**
 * The Doctor in a terminal: the app's bridge and its words, without a window. It opens the same profile, so Cove has to
 * be closed; where there is no profile yet, or none that opens, it still says how it is with the network, by the settings
 * of that profile.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import description from '../../package.json' with { type: 'json' };
import type { Diagnosis } from '../../preload/contract/doctor.ts';
import { doctor as words } from '../../renderer/messages/doctor.ts';
import { AppState } from '../bridge/app-state.ts';
import { Preferences } from '../bridge/preferences.ts';
import { doctorSources, shownWayOut } from '../bridge/sources/doctor.ts';
import type { Environment } from '../bridge/environment.ts';
import { doctorReport } from '../client/index.ts';
import { note, say } from './terminal.ts';

const PREFERENCES = 'preferences.json';

export interface Looking {
  /** How long it is looked at most. */
  readonly seconds: number;
  /** Print only what can be passed on. */
  readonly report: boolean;
}

/** False when the profile does not open; then what needs none is told. */
export async function doctor({ seconds, report }: Looking, dataDir: string, passphrase?: string): Promise<boolean> {
  const preferences = new Preferences(join(dataDir, PREFERENCES));
  const state = new AppState({ dataDir }, preferences);
  await state.open(passphrase);
  try {
    const status = state.status();
    if (status.state === 'failed') {
      say(`${status.error.message}\n`);
      await withoutProfile(dataDir, (other) => tell(other, { seconds, report }));
      return false;
    }
    if (status.state === 'empty')
      say('There is no identity in this profile yet, so there are no devices to look for.\n');
    await tell(state, { seconds, report });
    return true;
  } finally {
    await state.close();
  }
}

/** The same network, by a copy of the settings in a folder that is deleted again. What secrets they have is in the profile. */
async function withoutProfile(dataDir: string, look: (state: AppState) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-doctor-'));
  const [from, file] = [join(dataDir, PREFERENCES), join(folder, PREFERENCES)];
  if (existsSync(from)) copyFileSync(from, file);
  const state = new AppState({ dataDir: folder }, new Preferences(file));
  try {
    await state.open(crypto.randomUUID()); // a keychain may be what is missing
    if (state.status().state !== 'empty') return;
    say('How it is with the network, without what is in this profile:\n');
    await look(state);
  } finally {
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tell(state: AppState, { seconds, report }: Looking): Promise<void> {
  const found = await looked(state, seconds);
  // It may not have been known by then.
  const wayOut = await state.client.mesh.checkWayOut();
  if (!report) print({ ...found, wayOut: shownWayOut(wayOut) });
  say('A report to pass on; it names nobody:\n');
  const about = { version: description.version, system: `${process.platform} ${process.arch}` };
  say(doctorReport(state.client.mesh.examine(), about, Date.now(), wayOut));
}

/** What is found, as soon as nothing more is to be expected or the time is over. */
function looked(state: AppState, seconds: number): Promise<Diagnosis> {
  note(`Looking for your devices and the people you share with, ${seconds} seconds at most …\n`);
  const source = doctorSources({ state } as Environment).doctor;
  return new Promise((resolve) => {
    let last: Diagnosis | undefined;
    const end = (): void => {
      if (last === undefined || !isOver) return;
      stop();
      clearTimeout(timer);
      resolve(last);
    };
    let isOver = false;
    const timer = setTimeout(() => ((isOver = true), end()), seconds * 1_000);
    const stop = source({}, (diagnosis) => {
      last = diagnosis as Diagnosis;
      const { wayOut, devices, meetingPoints } = last;
      const settled = meetingPoints.every((point) => point.state !== 'connecting');
      isOver ||= wayOut !== null && settled && devices.every(({ finding }) => finding === 'connected');
      setImmediate(end);
    });
  });
}

function print({ meetingPoints, lan, wayOut, devices }: Diagnosis & { wayOut: ReturnType<typeof shownWayOut> }): void {
  const line = (good: boolean, name: string, text: string): void => say(`  ${good ? '✓' : '✗'} ${name}: ${text}`);
  say(words.points);
  if (meetingPoints.length === 0) say(`  ${words.noPoints}`);
  for (const point of meetingPoints) {
    const { url, state: now, own } = point;
    if (own) say(`  · ${url}: ${words.ownPoint}`);
    // What is still being tried by now does not answer.
    else line(now === 'online', url, words.point({ ...point, state: now === 'online' ? now : 'offline' }));
  }
  say(`\n${words.lan}`);
  const around = lan.addresses.length === 0 ? words.lanNone : words.lanAt(lan.addresses);
  say(`  ${!lan.on ? words.lanOff : lan.failed ? words.lanFailed : around}`);
  if (lan.on && lan.addresses.length > 0) {
    const ways = ['beacon', 'mdns'] as const;
    const quiet = ways.every((way) => lan.ways[way].heard === 0);
    if (quiet) say(`  ${words.lanQuiet}`);
    for (const way of ways) {
      const { heard, failed } = lan.ways[way];
      const text = words.lanWay(way, lan.ways);
      if (quiet && !failed) say(`  · ${words.lanWays[way]}: ${text}`);
      else line(heard > 0, words.lanWays[way], text);
    }
    for (const given of lan.given) {
      const text = words.given(given, devices);
      if (given.finding === 'not-tried') say(`  · ${given.url}: ${text}`);
      else line(given.finding === 'found', given.url, text);
    }
    for (const { name, ways: silent } of lan.mute) line(false, words.muteOn(name), words.mute(silent));
  }
  say(`\n${words.wayOut}`);
  say(`  ${words.addresses[wayOut.address]}`);
  for (const { url, works } of wayOut.relays) line(works, url, works ? words.relayWorks : words.relayFails);
  say(`\n${words.devices}`);
  if (devices.length === 0) say(`  ${words.noDevices}`);
  for (const device of devices) {
    const { finding, link, carrier, clockOff, lastContact } = device;
    line(
      finding === 'connected',
      words.device(device),
      link === null ? words.findings[finding] : words.link(link, carrier),
    );
    if (lastContact !== null) {
      const when = words.before(Math.floor((Date.now() - lastContact) / 60_000));
      say(`    ${finding === 'connected' ? words.handshake(when) : words.contact(when)}`);
    }
    if (clockOff !== 0) say(`    ${words.clock(Math.round(clockOff / 60_000))}`);
  }
  say();
}
