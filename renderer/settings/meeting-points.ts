/** Reads the list of meeting points as typed: one address per line. The contract's limits, checked before sending. */
import { messages } from '../messages/index.ts';

const MOST = 8;
const SCHEMES = new Set(['mqtt:', 'mqtts:', 'ws:', 'wss:']);

export type ReadList =
  { readonly ok: true; readonly urls: readonly string[] } | { readonly ok: false; readonly problem: string };

export function readList(text: string): ReadList {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const urls = [...new Set(lines)];
  const bad = urls.find((line) => !isAddress(line));
  if (bad !== undefined) return { ok: false, problem: messages.settings.pointsBad(bad.slice(0, 60)) };
  if (urls.length > MOST) return { ok: false, problem: messages.settings.pointsMany };
  return { ok: true, urls };
}

function isAddress(line: string): boolean {
  if (line.length > 200 || !URL.canParse(line)) return false;
  const url = new URL(line);
  return SCHEMES.has(url.protocol) && url.hostname !== '';
}
