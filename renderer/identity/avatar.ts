/** What an avatar looks like, from its seed: two soft shapes in the person's hue, the same on every device. */
export interface AvatarShapes {
  readonly angle: number;
  readonly shift: number;
  readonly size: number;
}

/** FNV-1a: small, stable, and nothing here depends on its strength. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}

export function avatarShapes(seed: string): AvatarShapes {
  const bits = hash(seed);
  return { angle: bits % 360, shift: 4 + ((bits >>> 9) % 9), size: 10 + ((bits >>> 17) % 6) };
}

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What people see as one character: a flag or a family is several code points. */
export function firstCharacter(text: string): string {
  const [first] = characters.segment(text);
  return first?.segment ?? '';
}

/** "Ada Lovelace" → "AL", "ada" → "A". Whole characters, so that no name is cut in half. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const first = firstCharacter(words[0] ?? '') || '?';
  const last = words.length > 1 ? firstCharacter(words.at(-1) ?? '') : '';
  return (first + last).toLocaleUpperCase();
}
