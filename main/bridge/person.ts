/** A person as windows show them. The hue is a function of the identity, so that everyone sees the same colour. */
import type { Person } from '../../preload/contract/index.ts';
import { straight } from './shown.ts';

const HUES = 8;

export function person(identityId: string, name: string, avatar: string): Person {
  return { identityId, name: straight(name), avatar, hue: Number.parseInt(identityId.slice(0, 8), 16) % HUES };
}
