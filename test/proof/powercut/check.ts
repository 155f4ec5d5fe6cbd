/**
 * Opens a crash image the way the app does and compares it with the facts that were known at the cut: everything that
 * was acknowledged is there, every entry that left the machine is there unchanged (so its number cannot be given
 * again), and what is shown is exactly what the entries say when another device applies them from scratch.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { equal, fromHex, toHex } from '../../../main/engine/bytes.ts';
import { readHeader } from '../../../main/engine/echo/entry.ts';
import type { Replica } from '../../../main/engine/echo/replica.ts';
import { createVault } from '../../../native/sqlite/index.ts';
import { Prng } from '../../engine/net/prng.ts';
import { createVirtualClock } from '../../objects/virtual-clock.ts';
import { createMemoryKeychain } from '../../ports/keychain-memory.ts';
import { abandon, headsOf, openDevice, stateOf } from '../device.ts';
import type { Device } from '../device.ts';
import { memoryVault } from '../memory-vault.ts';
import type { Fact, Workload } from './facts.ts';
import type { Image } from './recording.ts';

export type Problem = 'unopened' | 'lost' | 'reused' | 'inconsistent';
export interface Verdict {
  readonly problem: Problem;
  readonly detail: string;
}

const LATER = 1_790_000_000_000 + 86_400_000;

export class ImageChecker {
  readonly #folder: string;
  readonly #workload: Workload;
  readonly #plaintext: boolean;
  readonly #holds: (fact: Fact) => boolean;
  readonly #random = new Prng('after the cut');
  /** What each set of entries shows, as the witness says. */
  readonly #shown = new Map<string, string>();

  /** `holds`: the facts that are compared; default: all. */
  constructor(folder: string, workload: Workload, plaintext: boolean, holds: (fact: Fact) => boolean = () => true) {
    this.#holds = holds;
    this.#folder = join(folder, 'image');
    this.#workload = workload;
    this.#plaintext = plaintext;
  }

  /** undefined: all is well. */
  async check(image: Image): Promise<Verdict | undefined> {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder);
    for (const [name, bytes] of image.files) writeFileSync(join(this.#folder, name), bytes);
    const facts = this.#workload.facts.slice(0, image.marks);
    const keychain = createMemoryKeychain();
    const item = facts.findLast((fact) => 'keychain' in fact);
    if (item) keychain.items.set('proof', item.keychain);
    const vault = createVault({
      path: join(this.#folder, 'cove.db'),
      unsafe: { plaintext: this.#plaintext, synchronous: 'OFF' },
    });
    let device: Device | undefined;
    try {
      device = await openDevice({ vault, keychain, clock: createVirtualClock(LATER), random: this.#random });
    } catch (error) {
      return { problem: 'unopened', detail: String(error) };
    }
    if (device === undefined) {
      const known = facts.some((fact) => 'identity' in fact);
      return known ? { problem: 'lost', detail: 'the identity' } : undefined;
    }
    try {
      return compare(device, facts.filter(this.#holds)) ?? (await this.#consistent(device));
    } finally {
      device.stop();
      abandon(device);
    }
  }

  async #consistent(device: Device): Promise<Verdict | undefined> {
    for (const replica of device.replicas.all()) {
      const before = stateOf(device, replica);
      device.objects.space(replica).flush();
      const shown = stateOf(device, replica);
      if (shown !== before) return { problem: 'inconsistent', detail: `pending edits changed:\n${before}\n${shown}` };
      // Before the peer had joined it cannot be asked.
      if (device.replicas.all().length === 0 || replica.authority().members.length < 2) continue;
      const heads = headsOf(replica);
      const expected = this.#shown.get(heads) ?? (await this.#replayed(replica));
      this.#shown.set(heads, expected);
      if (shown !== expected) return { problem: 'inconsistent', detail: `${shown}\nthe entries say\n${expected}` };
    }
    return undefined;
  }

  /** What a device shows that gets all these entries at once. */
  async #replayed(from: Replica): Promise<string> {
    const keychain = createMemoryKeychain();
    for (const [account, secret] of this.#workload.witnessKeychain) keychain.items.set(account, secret);
    const vault = memoryVault(Buffer.from(this.#workload.witness, 'base64'));
    const parts = { vault, keychain, clock: createVirtualClock(LATER), random: this.#random };
    const witness = (await openDevice(parts)) as Device;
    const replica = witness.replicas.get(from.spaceId) as Replica;
    for (const [logId, seq] of from.have()) replica.receive(new Uint8Array(32), from.read([logId, 1, seq], 1e9));
    const state = stateOf(witness, replica);
    witness.stop();
    abandon(witness);
    return state;
  }
}

function compare(device: Device, facts: readonly Fact[]): Verdict | undefined {
  const lost = (detail: string): Verdict => ({ problem: 'lost', detail });
  if (device.profile.rolledBack) return { problem: 'inconsistent', detail: 'taken for an older copy' };
  const spaces = device.replicas.all().map((replica) => device.objects.space(replica));
  const find = (id: string) =>
    spaces.map((space) => space.get(id, { texts: true })).find((found) => found !== undefined);
  const titles = new Map<string, number>();
  for (const fact of facts) {
    if ('space' in fact && !device.replicas.get(fromHex(fact.space))) return lost('the space');
    if ('invitation' in fact && !device.invitations.list().some(({ id }) => id === fact.invitation)) {
      return lost('an invitation');
    }
    if ('title' in fact) titles.set(fact.object, numberIn(fact.title));
    if ('token' in fact && !find(fact.object)?.texts?.['body']?.includes(fact.token)) return lost(`text ${fact.token}`);
  }
  for (const [object, atLeast] of titles) {
    if (!(numberIn(find(object)?.fields['title']) >= atLeast)) return lost(`title ⟨${atLeast}⟩ of ${object}`);
  }
  return reused(device, facts);
}

/** An entry that left and is another one here, or is gone: then the next one that is written shows whether it gets its number. */
function reused(device: Device, facts: readonly Fact[]): Verdict | undefined {
  for (const { space, log, seq, hash } of facts.flatMap((fact) => ('left' in fact ? fact.left : []))) {
    const replica = device.replicas.get(fromHex(space));
    const [entry] = replica?.read([fromHex(log), seq, seq], 1) ?? [];
    const header = entry && readHeader(entry[0]);
    if (header && toHex(header.hash) === hash) continue;
    const given = header || !replica ? undefined : nextNumber(device, replica);
    const detail = `${log} ${seq}: ${header ? 'another entry' : given ? `gone, and ${given.log} ${given.seq} comes next` : 'gone'}`;
    const isTwice = header !== undefined || (given?.log === log && given.seq <= seq);
    return { problem: isTwice ? 'reused' : 'lost', detail };
  }
  return undefined;
}

/** Of an entry that is written now. */
function nextNumber(device: Device, replica: Replica): { readonly log: string; readonly seq: number } | undefined {
  const space = device.objects.space(replica);
  space.create({ type: 'note', title: 'after the cut' });
  space.flush();
  const [, seq] = replica.have().find(([logId]) => equal(logId, replica.logId)) ?? [];
  return seq === undefined ? undefined : { log: toHex(replica.logId), seq };
}

const numberIn = (title: unknown): number => (typeof title === 'string' ? Number(title.slice(1, -1)) : NaN);
