/** A program: counts what a broker is told from now on, whoever says it, and tells how much each time it is asked. */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { connectAsync } from 'mqtt';

const client = await connectAsync(process.argv[2] ?? '');
let count = 0;
client.on('message', () => void count++);
await client.subscribeAsync('cove/#');
writeSync(1, '{"ready":true}\n');
createInterface({ input: process.stdin }).on('line', () => void writeSync(1, `${JSON.stringify({ count })}\n`));
