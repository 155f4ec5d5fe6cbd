/**
 * Networks of a test's own, in network namespaces that nothing leads out of: computers with cables to switches.
 * Everything is inside processes that the lab started; when they end, so does all of it.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface Computer {
  readonly name: string;
  /** Words to put before a command so that it runs there. */
  readonly inside: readonly string[];
}

export interface Server {
  readonly program: string;
  /** Absent: it has none. */
  readonly config?: string;
  /** `file`: of its configuration. Default: that, after `-c`. */
  readonly args?: (file: string) => readonly string[];
  /** What it says when it is up, or the port at which it listens by then. */
  readonly runs: string | number;
}

export interface Cable {
  pull(): void;
  plug(): void;
  /** As a wireless network is left: the address is gone with it, and every way that led there. */
  leave(): void;
  /** What the computer calls its interface. */
  readonly device: string;
}

export interface Running {
  /** At once, as when the machine loses its power. */
  stop(): Promise<void>;
}

const WITH_SBIN = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin:/sbin` };

/** A namespace lasts as long as a process in it: this one waits for its input to end, which it does with ours. */
const HOLD = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && echo up && exec cat'];

export class Lab {
  readonly #holders: ChildProcess[] = [];
  readonly #closing: (() => Promise<void>)[] = [];
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

  /** A router that is switched off: what is sent to it for others is lost without a word. On, it passes everything on. */
  route({ name }: Computer, on: boolean): void {
    const [program, ...before] = enter(this.#pids.get(name) as number) as [string, ...string[]];
    const switches = ['ipv4/ip_forward', 'ipv6/conf/all/forwarding'];
    const set = switches.map((one) => `echo ${on ? 1 : 0} > /proc/sys/net/${one}`).join(' && ');
    const words = [...before, 'sh', '-c', set];
    const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`no router: ${stderr.trim()}`);
  }

  /** From now on it loses every UDP packet that is to go out or on, without a word, and carries the rest. */
  blockUdp({ name }: Computer): void {
    this.#ip(this.#pids.get(name) as number, 'rule', 'add', 'ipproto', 'udp', 'blackhole');
  }

  /** Gives a router rules for what it passes on and how it translates, in the language of nft. */
  rules({ name }: Computer, rules: string): void {
    const [program, ...before] = enter(this.#pids.get(name) as number) as [string, ...string[]];
    const options = { encoding: 'utf8', env: WITH_SBIN, input: rules } as const;
    const { status, stderr, error } = spawnSync(program, [...before, 'nft', '-f', '-'], options);
    if (status !== 0) throw new Error(`nft, which these tests need: ${error?.message ?? stderr}`);
  }

  /** What is `to` that network goes there; default: everything that is not on a network of its own. */
  gateway({ name }: Computer, ip: string, to = 'default'): void {
    this.#ip(this.#pids.get(name) as number, ip.includes(':') ? '-6' : '-4', 'route', 'add', to, 'via', ip);
  }

  /** An interface beside the others, with everything that has no better way going out there, and lost without a word. */
  vpn({ name }: Computer, address: string): void {
    const pid = this.#pids.get(name) as number;
    const end = `nowhere${++this.#cables}`;
    this.#ip(this.#switches, 'link', 'add', end, 'type', 'veth', 'peer', 'name', 'tun0', 'netns', `${pid}`);
    this.#ip(this.#switches, 'link', 'set', end, 'up');
    // Nobody there would answer who has which address.
    this.#ip(pid, 'link', 'set', 'tun0', 'arp', 'off');
    this.#ip(pid, 'address', 'add', address, 'dev', 'tun0');
    this.#ip(pid, 'link', 'set', 'tun0', 'up');
    this.#ip(pid, 'route', 'add', 'default', 'dev', 'tun0', 'metric', '500');
  }

  /** A real mosquitto on that computer, on the port that everybody knows, for as long as the lab is open. */
  meetingPoint(computer: Computer, address = '0.0.0.0'): Promise<Running> {
    const lines = [`listener 1883 ${address}`, 'allow_anonymous true', 'persistence false', 'log_dest stderr'];
    const config = [...lines, `user ${userInfo().username}`, ''].join('\n');
    return this.server(computer, { program: 'mosquitto', config, runs: 'running' });
  }

  /** A server with a configuration of its own, for as long as the lab is open. */
  async server({ name, inside }: Computer, { program, config, args, runs }: Server): Promise<Running> {
    const folder = mkdtempSync(join(tmpdir(), 'cove-lab-'));
    const file = join(folder, 'server.conf');
    if (config !== undefined) writeFileSync(file, config);
    const [first, ...before] = inside as [string, ...string[]];
    const words = [...before, program, ...(args?.(file) ?? ['-c', file])];
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const server = spawn(first, words, { cwd: folder, env: WITH_SBIN, stdio: [...stdio] });
    const stop = async () => {
      const gone = new Promise((resolve) => server.once('close', resolve));
      if (server.kill('SIGKILL')) await gone;
    };
    this.#closing.push(async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    });
    let complaint = '';
    await new Promise<void>((resolve, reject) => {
      for (const said of [server.stdout, server.stderr]) {
        said?.on('data', (text: Buffer) => {
          complaint = (complaint + text.toString()).slice(-2_000);
          if (typeof runs === 'string' && text.includes(runs)) resolve();
        });
      }
      const look = (): void => {
        if (typeof runs !== 'number' || server.exitCode !== null) return;
        if (listens(this.#pids.get(name) as number, runs)) resolve();
        else setTimeout(look, 20);
      };
      look();
      const missing = () => new Error(`${program} is needed for these tests, and did not start: ${complaint}`);
      server.once('close', () => reject(missing()));
      server.once('error', reject);
    });
    return { stop };
  }

  network(name: string): void {
    this.#ip(this.#switches, 'link', 'add', name, 'type', 'bridge');
    this.#ip(this.#switches, 'link', 'set', name, 'up');
  }

  /**
   * Plugs a cable in; `address` with the length of the network's prefix, absent: only what the system gives itself, a
   * link-local one of IPv6.
   */
  connect({ name }: Computer, network: string, address?: string): Cable {
    const pid = this.#pids.get(name) as number;
    const cable = ++this.#cables;
    const [here, there] = [`cable${cable}`, `eth${cable}`];
    this.#ip(this.#switches, 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', `${pid}`);
    this.#ip(this.#switches, 'link', 'set', here, 'master', network, 'up');
    // Nobody else has it, so nobody is asked first, which takes a second for IPv6.
    const alone = address?.includes(':') === true ? ['nodad'] : [];
    if (address !== undefined) this.#ip(pid, 'address', 'add', address, 'dev', there, ...alone);
    this.#ip(pid, 'link', 'set', there, 'up');
    return {
      device: there,
      pull: () => this.#ip(this.#switches, 'link', 'set', here, 'down'),
      plug: () => this.#ip(this.#switches, 'link', 'set', here, 'up'),
      leave: () => this.#ip(this.#switches, 'link', 'delete', here),
    };
  }

  /** Done when the lab is closed. */
  onClose(fn: () => void): void {
    this.#closing.push(async () => fn());
  }

  async close(): Promise<void> {
    await Promise.all(this.#closing.map((close) => close()));
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

/** Whether somebody listens at that port, by any address, in the network of that process: line by line as proc(5) has it. */
function listens(pid: number, port: number): boolean {
  const place = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const files = ['tcp', 'tcp6'].map((kind) => `/proc/${pid}/net/${kind}`).filter(existsSync);
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n')).map((line) => line.trim().split(/\s+/));
  return lines.some(([, local = '', , state]) => local.endsWith(place) && state === '0A');
}

/** What is started there ends with this process, however that ends. */
const enter = (pid: number): readonly string[] => [
  ...['nsenter', `--net=/proc/${pid}/ns/net`],
  ...['setpriv', '--pdeathsig', 'KILL'],
];

/** Two computers, each on a network of its own that only the router leads out of: 10.1.0.0/24 and 10.2.0.0/24, it is the .1 in both. */
export async function aroundARouter(lab: Lab) {
  for (const name of ['north', 'south']) lab.network(name);
  const [here, there, router] = [await lab.computer('ana'), await lab.computer('ben'), await lab.computer('router')];
  lab.connect(here, 'north', '10.1.0.2/24');
  lab.connect(there, 'south', '10.2.0.2/24');
  lab.connect(router, 'north', '10.1.0.1/24');
  lab.connect(router, 'south', '10.2.0.1/24');
  lab.gateway(here, '10.1.0.1');
  lab.gateway(there, '10.2.0.1');
  return { here, there, router };
}

/** The same, and both on a network `home` too. Once its cables are pulled they meet by way of the router, if it carries anything. */
export async function besideARouter(lab: Lab) {
  lab.network('home');
  const three = await aroundARouter(lab);
  const cables = [
    lab.connect(three.here, 'home', '192.168.7.2/24'),
    lab.connect(three.there, 'home', '192.168.7.3/24'),
  ];
  return { ...three, cables };
}
