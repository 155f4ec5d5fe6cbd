/** Bytes as people say them. */
export function size(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1_000))} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

export const changes = (count: number): string => (count === 1 ? '1 change' : `${count.toLocaleString('en')} changes`);

/** Of long work, how much is done. */
export const percent = (share: number): string => `${Math.floor(100 * share)} %`;
