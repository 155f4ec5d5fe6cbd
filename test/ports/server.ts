/** Servers of the system for tests: on free loopback ports, ended by their process ids. */
import { spawn, type ChildProcess } from 'node:child_process';
import { connect, createServer, type AddressInfo } from 'node:net';

const START_MS = 10_000;

export interface Manner {
  /** Variables besides one's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Until it answers, in milliseconds. Default: ten seconds. */
  readonly patience?: number;
}

/** Runs once all of its ports answer. Rejects where the program is missing or does not start. */
export async function run(
  program: string,
  args: readonly string[],
  ports: readonly number[],
  { env: more, patience = START_MS }: Manner = {},
): Promise<ChildProcess> {
  // Debian puts some in /usr/sbin, which is not on everybody's PATH.
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin`;
  const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, PATH, ...more } });
  let failure: Error | undefined;
  child.on('error', (error) => (failure = new Error(`${program} is needed for this test`, { cause: error })));
  child.on('exit', (code) => (failure ??= new Error(`${program} ended with ${code ?? 'a signal'}`)));
  const deadline = performance.now() + patience;
  while (!(await Promise.all(ports.map(answers))).every(Boolean)) {
    if (failure) throw failure;
    if (performance.now() > deadline) {
      await end(child);
      throw new Error(`${program} does not answer`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (failure) throw failure;
  return child;
}

export function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    // Also ends a frozen one.
    child.kill('SIGKILL');
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Different ports, free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}
