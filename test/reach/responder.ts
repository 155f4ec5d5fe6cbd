/**
 * A program: another mDNS responder than Cove's, on the port that all of them share. It tells what it hears there, has a
 * printer on its computer, answers for it to the one who asks alone, and finds others' when it is asked to.
 *
 *   node responder.ts <address> <name of its printer>
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import createMdns from 'multicast-dns';

const [ip = '', printer = ''] = process.argv.slice(2);
const tell = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`);
const mdns = createMdns({ interface: ip, bind: '0.0.0.0' });
const named = (name: string): string => `${name}._ipp._tcp.local`;
const here = { name: named(printer), type: 'SRV', ttl: 120, data: { port: 631, target: `${printer}.local` } } as const;

mdns.on('query', ({ questions = [] }, from) => {
  if (questions.some(({ name }) => name === here.name)) mdns.respond([here], from);
});
mdns.on('response', ({ answers = [] }) => {
  for (const { name } of answers) tell({ found: name });
});
mdns.on('ready', () => tell({ ready: true }));

createInterface({ input: process.stdin }).on('line', (line) => {
  const { find } = JSON.parse(line) as { readonly find?: string };
  if (find === undefined) mdns.respond([here]);
  else mdns.query(named(find), 'SRV');
});
