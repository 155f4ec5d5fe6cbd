/**
 * A program: somebody works on a disk that fails at a given operation (powercut/fault-vfs.c), is told so in words, goes on
 * when it works again, and in the end everything that was acknowledged is there. One trial after another; what each came
 * to is a line of JSON on the standard output.
 *
 *   node trials.ts <folder> <how many> <first seed> <heedful|careless>      COVE_FAULT_TRACE, COVE_FAULT_VFS
 */
import Database from 'better-sqlite3';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import type { Replica } from '../../../main/engine/echo/replica.ts';
import { shrink } from '../../../main/engine/echo/storage-use.ts';
import type { Storage, StorageVault } from '../../../main/engine/ports.ts';
import { stageRestore, writeBackup } from '../../../native/sqlite/backup.ts';
import { createVault } from '../../../native/sqlite/index.ts';
import { Prng } from '../../engine/net/prng.ts';
import { TO_VERSION_1 } from '../../engine/older-schema.ts';
import { createVirtualClock } from '../../objects/virtual-clock.ts';
import { createMemoryKeychain } from '../../ports/keychain-memory.ts';
import { exchange, invite } from '../damage/profiles.ts';
import { openDevice } from '../device.ts';
import type { Device } from '../device.ts';
import { memoryVault } from '../memory-vault.ts';
import { ImageChecker } from '../powercut/check.ts';
import type { Fact } from '../powercut/facts.ts';

const [base = '', trials = '1', first = '1', manner = 'heedful'] = process.argv.slice(2);

/** SQLite's result codes, and after how many failures the disk works again; 0: after the second step that failed. */
const FAULTS = [
  { code: 13, name: 'full', times: 0 },
  { code: 10, name: 'errors', times: 0 },
  { code: 13, name: 'full', times: 1 },
  { code: 10, name: 'errors', times: 1 },
] as const;
const STEPS = 22;
const MINUTE = 60_000;
const MOST_HIDDEN = 1_000;
const EXPECTED = new Set(['disk-full', 'disk-failing']);

const shim = new Database(':memory:').loadExtension(process.env['COVE_FAULT_VFS'] ?? '');
const setFault = shim.prepare('SELECT fault_fail(?, ?, ?)');
const seen = shim.prepare<[], { seen: number }>('SELECT fault_seen() AS seen');
const heal = (): void => void setFault.get(0, 0, 0);

interface Fault {
  readonly at: number;
  readonly code: number;
  readonly times: number;
}

export interface Outcome {
  readonly seed: number;
  readonly refusals: number;
  /** Writes and syncs of the whole life when nothing failed. */
  readonly operations: number;
  readonly problem?: string;
}

class Life {
  readonly facts: Fact[] = [];
  readonly clock = createVirtualClock();
  readonly folder: string;
  refusals = 0;
  readonly #random: Prng;
  readonly #keychain = createMemoryKeychain();
  readonly #vault: StorageVault;
  readonly #peerKeys = createMemoryKeychain();
  readonly #peerVault = memoryVault();
  readonly #notes: Hex[] = [];
  #peer!: Device;
  #peerReplica!: Replica;
  #device!: Device;
  #witness = '';

  constructor(folder: string, seed: number) {
    this.folder = folder;
    this.#random = new Prng(`full disk ${seed}`);
    const vault = createVault({ path: join(folder, 'cove.db') });
    this.#vault = manner === 'careless' ? { ...vault, open: (key) => careless(vault.open(key)) } : vault;
    const set = this.#keychain.set;
    this.#keychain.set = async (account, secret) => {
      await set(account, secret);
      this.facts.push({ keychain: secret });
    };
  }

  async live(fault: Fault): Promise<number> {
    const random = this.#random;
    const parts = { vault: this.#peerVault, keychain: this.#peerKeys, clock: this.clock, random };
    this.#peer = (await openDevice(parts, 'Ben')) as Device;
    setFault.get(fault.at, fault.times === 0 ? -1 : fault.times, fault.code);
    await this.#open();
    this.facts.push({ identity: true });
    await this.#attempt(() => this.#meet(), true);
    let bad = 0;
    let steps = STEPS;
    for (let step = 0; step < steps; step++) {
      const before = this.refusals;
      await this.#step(step);
      this.clock.advance(Math.floor(random.between(0, 1_500)));
      if (this.refusals > before && ++bad === 2) {
        heal();
        steps = Math.max(steps, step + 8);
      }
    }
    const operations = seen.get()?.seen ?? 0;
    heal();
    // Nobody presses anything: what waited is stored by itself, and everything works again.
    this.clock.advance(2 * MINUTE);
    const refused = this.refusals;
    for (let kind = 0; kind < KINDS; kind++) await this.#step(1_000 + kind, kind);
    if (this.refusals > refused) throw new Error('does not go on although the disk works again');
    return operations;
  }

  /** As a kill would leave it now. */
  async check(): Promise<string | undefined> {
    const files = new Map(
      readdirSync(this.folder)
        .filter((name) => /^cove\.db/.test(name))
        .map((name) => [name, readFileSync(join(this.folder, name))]),
    );
    const workload = { facts: this.facts, witness: this.#witness, witnessKeychain: [...this.#peerKeys.items] };
    const image = { files, marks: this.facts.length, at: 0, mode: 'as it is' };
    const verdict = await new ImageChecker(`${this.folder}.check`, workload, false).check(image);
    return verdict && `${verdict.problem}: ${verdict.detail}`;
  }

  end(): void {
    this.#device.stop();
    this.#peer.stop();
    this.#device.profile.storage.close();
  }

  /** Refused in words, or done. Anything else that is thrown is a fault of Cove. `again`: once more when it works. */
  async #attempt(act: () => void | Promise<void>, again = false): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof CoveError) || !EXPECTED.has(error.type)) throw error;
      this.refusals++;
      if (!again) return;
      heal();
      await act();
    }
  }

  async #open(): Promise<void> {
    const parts = { vault: this.#vault, keychain: this.#keychain, clock: this.clock, random: this.#random };
    await this.#attempt(async () => void (this.#device = (await openDevice(parts, 'Ana')) as Device), true);
    this.#device.profile.storage.exec('PRAGMA wal_autocheckpoint = 24');
    for (const replica of this.#device.replicas.all()) this.#watch(replica);
  }

  #watch(replica: Replica): void {
    replica.onAdvance((heads) => {
      const left = heads.map(([log, seq, hash]) => ({ space: replica.key, log: toHex(log), seq, hash: toHex(hash) }));
      this.facts.push({ left });
    });
  }

  #meet(): void {
    const replica = this.#device.replicas.all()[0] ?? this.#device.replicas.create();
    this.facts.push({ space: replica.key });
    this.#peerReplica = invite(this.#device, replica, this.#peer);
    this.#witness = this.#peerVault.bytes().toString('base64');
    this.#watch(replica);
  }

  get #own(): Replica {
    return this.#device.replicas.get(this.#peerReplica.spaceId) as Replica;
  }

  async #step(step: number, kind = this.#notes.length === 0 ? 0 : Math.floor(this.#random.fraction() * KINDS)) {
    const token = `⟨${step}⟩`;
    const space = this.#device.objects.space(this.#own);
    const object = this.#notes[Math.floor(this.#random.fraction() * this.#notes.length)] ?? '';
    await this.#attempt(
      [
        () => {
          const made = space.create({ type: 'note', title: token }, { body: `${token}${'.'.repeat(2_000)}` });
          this.#notes.push(made);
          this.facts.push({ object: made, title: token }, { object: made, token });
        },
        () => this.#type(object, token),
        () => {
          space.set(object, '/title', token);
          this.facts.push({ object, title: token });
        },
        () => {
          const many = this.#notes.slice(0, 4);
          space.batch(() => many.forEach((one) => space.set(one, '/title', token)));
          for (const one of many) this.facts.push({ object: one, title: token });
        },
        () => {
          space.search('⟨', 5);
          space.flush();
        },
        () => this.#exchange(token, step >= 1_000),
        () => {
          if (this.#device.invitations.list().length > 8) return;
          this.facts.push({ invitation: this.#device.invitations.create(this.#own).id });
        },
        () => this.#backUp(),
        () => this.#restart(),
        () => this.#compact(),
      ][kind] as () => void | Promise<void>,
    );
  }

  /** What is on the screen is stored by itself once there is room, whether or not somebody asks for it. */
  #type(object: Hex, token: string): void {
    const document = this.#device.objects.space(this.#own).document(object, 'body');
    const at = document.text().length;
    document.push(document.version, [{ changes: at === 0 ? [[0, token]] : [at, [0, token]], clientId: 'window' }]);
    document.subscribe((change) => change.type === 'saved' && this.facts.push({ object, token }));
    try {
      document.save();
      this.facts.push({ object, token });
    } finally {
      document.close();
    }
  }

  #exchange(token: string, sound: boolean): void {
    const theirs = this.#peer.objects.space(this.#peerReplica);
    const object = theirs.create({ type: 'note', title: token });
    theirs.flush();
    exchange(this.#own, this.#peerReplica);
    const here = this.#device.objects.space(this.#own).get(object) !== undefined;
    if (sound && !here) throw new Error('what a peer sent does not arrive although the disk works again');
    if (here) this.facts.push({ object, title: token });
  }

  /** There whole, or as it was before. */
  async #backUp(): Promise<void> {
    const file = join(this.folder, 'kept.backup');
    const before = existsSync(file) ? readFileSync(file) : undefined;
    const keys = await this.#device.profile.backupKeys();
    try {
      await writeBackup(this.#device.profile.storage, file, keys);
    } catch (error) {
      const after = existsSync(file) ? readFileSync(file) : undefined;
      const same = before === undefined ? after === undefined : after?.equals(before);
      if (!same || existsSync(`${file}.next`)) throw new Error('half a backup', { cause: error });
      throw error;
    }
    stageRestore(file, join(this.folder, 'restored.db'), keys).drop();
  }

  /** As after an update, too: a migration is made again on a database with content. */
  async #restart(): Promise<void> {
    const { storage } = this.#device.profile;
    const packed = storage.prepare('SELECT 1 FROM payload_pack').get() !== undefined;
    if (this.#random.chance(0.5) && !packed) {
      storage.transaction(() => storage.exec(TO_VERSION_1));
    }
    this.#device.stop();
    this.#device.profile.storage.close();
    await this.#open();
  }

  /** Packs, and the file rewritten: everything is sent as before, wherever it stopped. */
  async #compact(): Promise<void> {
    const sent = () => this.#own.read([this.#own.logId, 1, Number.MAX_SAFE_INTEGER], Number.MAX_SAFE_INTEGER);
    this.#device.objects.space(this.#own).flush();
    const before = sent();
    const options = { before: Number.MAX_SAFE_INTEGER, progress: () => undefined, cancelled: () => false };
    let isOver = false;
    const work = this.#device.replicas.compact(this.#own, options).finally(() => (isOver = true));
    work.catch(() => undefined); // heard below
    while (!isOver) {
      this.clock.advance(0);
      await new Promise(setImmediate);
    }
    if (!isDeepStrictEqual(sent().slice(0, before.length), before)) throw new Error('packs give other entries');
    await work;
    shrink(this.#device.profile.storage);
  }
}
const KINDS = 10;

/** The planted fault: a storage whose failures nobody hears of. */
function careless(storage: Storage): Storage {
  let hidden = 0;
  return {
    ...storage,
    get inTransaction() {
      return storage.inTransaction;
    },
    transaction(fn) {
      let result: { value: ReturnType<typeof fn> } | undefined;
      try {
        return storage.transaction(() => (result = { value: fn() }).value);
      } catch (error) {
        if (!(error instanceof CoveError && EXPECTED.has(error.type) && result)) throw error;
        // Who is told that a slice of work is done asks for the next one in the same moment, without end.
        if (++hidden === MOST_HIDDEN) heal();
        return result.value;
      }
    },
  };
}

async function trial(seed: number, fault: Fault): Promise<Outcome> {
  const folder = join(base, String(seed));
  for (const made of [folder, `${folder}.check`]) mkdirSync(made);
  const life = new Life(folder, seed);
  let operations = 0;
  let problem: string | undefined;
  try {
    operations = await life.live(fault);
    problem = await life.check();
    life.end();
  } catch (error) {
    problem = error instanceof Error ? `${error.stack}\n${String(error.cause ?? '')}` : String(error);
  }
  heal();
  rmSync(folder, { recursive: true, force: true });
  rmSync(`${folder}.check`, { recursive: true, force: true });
  return { seed, refusals: life.refusals, operations, ...(problem === undefined ? {} : { problem }) };
}

const whole = await trial(0, { at: 0, code: 0, times: 0 });
if (whole.problem) throw new Error(`without a fault: ${whole.problem}`);
for (let i = 0; i < Number(trials); i++) {
  const seed = Number(first) + i;
  const { code, times } = FAULTS[i % FAULTS.length] as (typeof FAULTS)[number];
  // Spread over the whole life, and never at the same place for two kinds of fault.
  const at = Math.floor((whole.operations * (i + 0.5)) / Number(trials));
  console.log(JSON.stringify(await trial(seed, { at, code, times })));
}
process.exit(0);
