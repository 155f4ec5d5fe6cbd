/** What the fleet has to keep to. */
export const FLEET = {
  /** MESH.linksPerSpace, said again: whoever takes it away there is found out here. */
  linksPerSpace: 12,
  /** Packets to the broker per device and hour. */
  perHour: 600,
  /** Of them within so long after it was opened. */
  atStart: 120,
  start: 10_000,
  /** Tries to connect within one second, of a hundred devices, when the broker has come back. */
  connectsPerSecond: 25,
  /** Virtual milliseconds after which whoever is open is connected with all others. */
  together: 10 * 60_000,
} as const;
