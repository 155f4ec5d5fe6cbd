/** What `npm run scale` found last: played, and measured on a mosquitto. */
import { readFileSync } from 'node:fs';
import type { Crowd } from './memory.ts';
import type { Return, Share } from './plays.ts';

export interface Figures {
  readonly plays: Readonly<Record<string, Share>>;
  /** By connections that the broker makes in a second; 0: as many as come. */
  readonly returns: readonly (Return & { readonly accepts: number })[];
  /** Bytes by client. */
  readonly memory: readonly (Crowd & { readonly bytes: number })[];
}

export const FILE = new URL('figures.json', import.meta.url);

export const readFigures = (): Figures => JSON.parse(readFileSync(FILE, 'utf8')) as Figures;
