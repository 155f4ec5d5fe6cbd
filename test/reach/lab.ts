/**
 * Networks of a test's own, in network namespaces that nothing leads out of: computers with cables to switches.
 * Everything is inside processes that the lab started; when they end, so does all of it.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

export interface Computer {
  readonly name: string;
  /** Words to put before a command so that it runs there. */
  readonly inside: readonly string[];
}

/** A namespace lasts as long as a process in it: this one waits for its input to end, which it does with ours. */
const HOLD = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && echo up && exec cat'];

export class Lab {
  readonly #holders: ChildProcess[] = [];
  readonly #pids = new Map<string, number>();
  /** Where all switches are. */
  #switches = 0;
  #cables = 0;

  /** Rejects where namespaces are not permitted. */
  static async open(): Promise<Lab> {
    const lab = new Lab();
    lab.#switches = await lab.#hold();
    return lab;
  }

  async computer(name: string): Promise<Computer> {
    const pid = await this.#hold();
    this.#pids.set(name, pid);
    return { name, inside: enter(pid) };
  }

  network(name: string): void {
    this.#ip(this.#switches, 'link', 'add', name, 'type', 'bridge');
    this.#ip(this.#switches, 'link', 'set', name, 'up');
  }

  /** Plugs a cable in; `address` with the length of the network's prefix. Returns what pulls and replugs it. */
  connect({ name }: Computer, network: string, address: string): { pull(): void; plug(): void } {
    const pid = this.#pids.get(name) as number;
    const cable = ++this.#cables;
    const [here, there] = [`cable${cable}`, `eth${cable}`];
    this.#ip(this.#switches, 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', `${pid}`);
    this.#ip(this.#switches, 'link', 'set', here, 'master', network, 'up');
    this.#ip(pid, 'address', 'add', address, 'dev', there);
    this.#ip(pid, 'link', 'set', there, 'up');
    return {
      pull: () => this.#ip(this.#switches, 'link', 'set', here, 'down'),
      plug: () => this.#ip(this.#switches, 'link', 'set', here, 'up'),
    };
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#holders.map(async (holder) => {
        const gone = new Promise((resolve) => holder.once('close', resolve));
        if (holder.exitCode !== null || holder.signalCode !== null) return;
        holder.stdin?.end();
        await gone;
      }),
    );
  }

  async #hold(): Promise<number> {
    const holder = spawn(HOLD[0] as string, HOLD.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#holders.push(holder);
    let complaint = '';
    holder.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
    const up = await new Promise<boolean>((resolve) => {
      holder.stdout.once('data', () => resolve(true));
      holder.once('close', () => resolve(false));
      holder.once('error', () => resolve(false));
    });
    if (!up)
      throw new Error(`network namespaces are not permitted here, and these tests need them: ${complaint.trim()}`);
    return holder.pid as number;
  }

  #ip(pid: number, ...words: readonly string[]): void {
    const [program, ...before] = enter(pid) as [string, ...string[]];
    const { status, stderr } = spawnSync(program, [...before, 'ip', ...words], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr.trim()}`);
  }
}

const enter = (pid: number): readonly string[] => ['nsenter', `--net=/proc/${pid}/ns/net`];
