/** The people of the double: Ada, who sits before the window, and two others. */
import type { Person } from '../../../preload/contract/index.ts';

export const ADA: Person = { identityId: 'a'.repeat(64), name: 'Ada Lovelace', avatar: 'ada', hue: 4 };
export const BEN: Person = { identityId: 'b'.repeat(64), name: 'Ben Okafor', avatar: 'ben', hue: 1 };
export const MIRA: Person = { identityId: 'c'.repeat(64), name: 'Mira Lindqvist', avatar: 'mira', hue: 6 };
