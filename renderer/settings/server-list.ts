/** Reads a list of servers as typed: one address per line. The contract's limits, checked before sending. */
import {
  MOST_SERVERS,
  hasTurnSecret,
  isBrokerAddress,
  isLanAddress,
  isStunAddress,
  isTurnAddress,
} from '../../preload/contract/server-addresses.ts';
import { messages } from '../messages/index.ts';

export type ServerKind = 'points' | 'stun' | 'turn' | 'neighbours';
export type ReadList =
  { readonly ok: true; readonly urls: readonly string[] } | { readonly ok: false; readonly problem: string };

const FITS = { points: isBrokerAddress, stun: isStunAddress, turn: isTurnAddress, neighbours: isLanAddress } as const;

/** `kept`: addresses that need not say their secret, as it is known. */
export function readList(text: string, kind: ServerKind, kept: readonly string[] = []): ReadList {
  const words = messages.settings[kind];
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const urls = [...new Set(lines)];
  const bad = urls.find((line) => !FITS[kind](line));
  // What stands before the @ may be a password.
  if (bad !== undefined) return { ok: false, problem: words.bad(bad.replace(/^.*@/, '…@').slice(0, 60)) };
  const lacking = urls.find((line) => kind === 'turn' && !hasTurnSecret(line) && !kept.includes(line));
  if (lacking !== undefined) return { ok: false, problem: messages.settings.turn.secret(lacking) };
  if (urls.length > MOST_SERVERS) return { ok: false, problem: words.many };
  return { ok: true, urls };
}
