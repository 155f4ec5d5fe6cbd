/** The versions of a note as its history lists them. */

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
