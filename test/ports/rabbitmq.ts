/**
 * Three real RabbitMQs that are one meeting point, with the files of docs/meeting-point.md: on free loopback ports, each in
 * a folder of its own, ended by their process ids. A machine without RabbitMQ fails the tests that need it.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { of, replaced } from './documented-broker.ts';
import { end, freePorts, run } from './server.ts';

/** Where systems have what starts it. Debian's /usr/sbin/rabbitmq-server becomes another user first, who may read none of our files. */
const PROGRAMS = ['/usr/lib/rabbitmq/bin', '/usr/local/sbin', '/opt/homebrew/sbin'];
const NAMES = ['one', 'two', 'three'] as const;
/** For one of them on a busy machine. */
export const START_MS = 60_000;

export interface Machine {
  /** Of the documented listener, which speaks TLS. */
  readonly port: number;
  /** mqtt://127.0.0.1:port, a second listener for who cannot be given an authority. */
  readonly url: string;
  /** Everything that it wrote into its log. */
  log(): string;
  /** At once, as when the machine loses its power. */
  stop(): Promise<void>;
}

export interface Cluster {
  readonly machines: readonly Machine[];
  /** Ends them and deletes their folders. */
  close(): Promise<void>;
}

export interface Tls {
  readonly certificate: string;
  readonly key: string;
}

/** One after another, for RabbitMQ 3.10 may leave one out of three that start at once. Throws when it is missing or does not start. */
export async function startCluster(tls: Tls): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-rabbitmq-'));
  const [epmdPort = 0, ...ports] = await freePorts(1 + 3 * NAMES.length);
  const cluster = await names(epmdPort);
  const start = (name: string, at: number) => {
    const [port = 0, plain = 0, between = 0] = ports.slice(3 * at);
    return machine({ name, folder: join(folder, name), tls, port, plain, between, epmdPort });
  };
  const machines: Machine[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(machines.map((one) => one.stop()));
    await end(cluster);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const [at, name] of NAMES.entries()) machines.push(await start(name, at));
    return { machines, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where the machines ask for each other. */
const names = (port: number) => run('epmd', ['-address', '127.0.0.1', '-port', `${port}`], [port]);

interface Given {
  readonly name: string;
  readonly folder: string;
  readonly tls: Tls;
  readonly port: number;
  readonly plain: number;
  /** At which the others reach it. */
  readonly between: number;
  readonly epmdPort: number;
}

async function machine({ name, folder, tls, port, plain, between, epmdPort }: Given): Promise<Machine> {
  const file = (...words: string[]): string => join(folder, ...words);
  mkdirSync(folder);
  writeFileSync(file('.erlang.cookie'), 'the same on all of them', { mode: 0o400 });
  writeFileSync(file('cove.json'), of('json', '{\n  "vhosts"'));
  writeFileSync(file('rabbitmq.conf'), configuration(file('cove.json'), tls, port, plain));
  writeFileSync(file('plugins'), of('erlang', '['));
  const env = {
    HOME: folder,
    RABBITMQ_NODENAME: `${name}@localhost`,
    RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: file('none'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('plugins'),
    RABBITMQ_MNESIA_BASE: file('data'),
    RABBITMQ_GENERATED_CONFIG_DIR: file('generated'),
    RABBITMQ_LOGS: file('log'),
    RABBITMQ_PID_FILE: file('pid'),
    RABBITMQ_DIST_PORT: `${between}`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: `${epmdPort}`,
    // Its script then becomes the server rather than starting it, so that our child is the server.
    RABBITMQ_ALLOW_INPUT: '1',
  };
  const running = await run(program('rabbitmq-server'), ['-noinput'], [port, plain], { env, patience: START_MS });
  return {
    port,
    url: `mqtt://127.0.0.1:${plain}`,
    log: () => readFileSync(file('log'), 'utf8'),
    stop: () => end(running),
  };
}

/** The text of rabbitmq.conf, as the document says for the version that there is. */
function configuration(access: string, { certificate, key }: Tls, port: number, plain: number): string {
  const given = of('ini', 'listeners.tcp = none');
  return replaced(isOld() ? asBefore(given) : given, [
    ['mqtt.listeners.tcp = none', `mqtt.listeners.tcp.plain = 127.0.0.1:${plain}`],
    ['mqtt.listeners.ssl.default = 8883', `mqtt.listeners.ssl.default = 127.0.0.1:${port}`],
    ['/etc/rabbitmq/fullchain.pem', certificate],
    ['/etc/rabbitmq/privkey.pem', key],
    ['/etc/rabbitmq/cove.json', access],
    ...NAMES.map((name, at) => [`rabbit@meet${at + 1}`, `${name}@localhost`] as const),
  ]);
}

/** What the document says of 3.10. */
function asBefore(given: string): string {
  const newer = ['anonymous_login_user', 'anonymous_login_pass', 'mqtt.max_packet_size', 'mqtt.mailbox_soft_limit'];
  const lines = given.split('\n').filter((line) => !newer.some((name) => line.startsWith(name)));
  return `${lines.join('\n')}${of('ini', 'mqtt.default_user')}`;
}

/** By the name of its folder; asked, it would start a server of names that stays. */
const isOld = (): boolean => /\b3\.\d+\.\d+/.test(realpathSync(program('rabbitmq-server')));

/** Absent everywhere: its name, for the error that says so. */
const program = (name: string): string =>
  PROGRAMS.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? name;
