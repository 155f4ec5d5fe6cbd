/** A meeting point that does what it likes with what it is given: forge, replay, swap, drop. It cannot read any of it. */
import type { SimNet } from '../engine/net/sim-net.ts';
import { Prng } from '../engine/net/prng.ts';

const REMEMBERED = 200;

export function lie(net: SimNet): void {
  const prng = new Prng(`${net.seed} liar`);
  const heard: Uint8Array[] = [];
  net.intercept.publish = ({ bytes }) => {
    heard.push(bytes);
    if (heard.length > REMEMBERED) heard.shift();
    const earlier = heard[prng.u32() % heard.length] as Uint8Array;
    const what = prng.u32() % 12;
    if (what === 0) return [];
    if (what === 1) return [earlier]; // of another topic, another time, or both
    if (what === 2) return [bytes, earlier, earlier];
    if (what === 3) return [prng.bytes(bytes.length), bytes];
    if (what === 4) return [flipped(bytes, prng.u32())];
    if (what === 5) return [bytes.slice(0, prng.u32() % bytes.length)];
    return [bytes];
  };
}

function flipped(bytes: Uint8Array, roll: number): Uint8Array {
  const out = bytes.slice();
  const at = roll % out.length;
  out[at] = (out[at] as number) ^ (1 << (roll >>> 29));
  return out;
}
