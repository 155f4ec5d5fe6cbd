/**
 * As the latest entry of a map that holds so many: the oldest are forgotten. Not one for each that comes: finding the
 * oldest of a map takes as long as it has forgotten others, so an eighth more is let in and then goes at once.
 */
export function remember<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most + most / 8) forgetOldest(map, most);
}

/** Down to so many. */
export function forgetOldest(map: Map<unknown, unknown>, most: number): void {
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    if (map.size <= most) return;
  }
}
