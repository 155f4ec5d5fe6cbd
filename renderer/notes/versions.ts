/** The versions of a note as its history lists them. */

const LINES = ['solid', 'dashed', 'dotted'] as const;

/** The line under what each of them wrote, as CSS: there are more people than hues, so those of one hue have another line. */
export function linesOf(people: readonly { readonly hue: number }[]): string[] {
  const alike = new Map<number, number>();
  return people.map(({ hue }) => {
    const nth = alike.get(hue) ?? 0;
    alike.set(hue, nth + 1);
    return `${LINES[nth % LINES.length]} var(--person-${hue})`;
  });
}

/** In their order: clocks may be wrong, so a day may come twice. */
export function byDay<T>(versions: readonly T[], dayOf: (version: T) => string): { day: string; versions: T[] }[] {
  const days: { day: string; versions: T[] }[] = [];
  for (const version of versions) {
    const day = dayOf(version);
    const last = days.at(-1);
    if (last?.day === day) last.versions.push(version);
    else days.push({ day, versions: [version] });
  }
  return days;
}
