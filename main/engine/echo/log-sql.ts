/** The SQL of the log layer, each statement prepared once, and the numbers that its columns hold. */
import type { Statement, Storage } from '../ports.ts';
import { ENTRY_KIND } from './entry.ts';

/** Reason of rows in `quarantine` that are no offence: own entries behind a gap, after a damaged database. */
export const SALVAGED = 'salvaged';
export const STATUS = { pending: 0, ready: 1, applied: 2, excluded: 3, noKey: 4, quarantined: 5 } as const;
export type Status = (typeof STATUS)[keyof typeof STATUS];

export const OWN = { other: 0, writing: 1, past: 2 } as const;

export function statements(storage: Storage) {
  const sql = (text: string): Statement => storage.prepare(text);
  const columns = 'e.id, e.seq, e.header, e.payload, e.status, e.lamport';
  const control = `FROM control_entry c JOIN entry e ON e.id = c.entry JOIN log l ON l.id = e.log
       WHERE c.space = ? ORDER BY e.lamport, l.log_id, e.seq`;
  return {
    logs: sql('SELECT * FROM log WHERE space = ? ORDER BY id'),
    log: sql('SELECT * FROM log WHERE space = ? AND log_id = ?'),
    clocks: sql('SELECT l.log_id, c.dep, c.seq FROM log_clock c JOIN log l ON l.id = c.log WHERE l.space = ?'),
    openLog: sql(
      'INSERT INTO log (space, log_id, device_id, incarnation, identity_id, own, head_seq, head_hash) VALUES (?, ?, ?, ?, ?, ?, 0, ?)',
    ),
    saveLog: sql(
      'UPDATE log SET head_seq = ?, head_hash = ?, ready_seq = ?, applied_seq = ?, lamport = ?, limit_seq = ?, state = ?, own = ? WHERE id = ?',
    ),
    total: sql('SELECT sum(head_seq) AS total FROM log WHERE space = ?'),
    saveClock: sql(
      'INSERT INTO log_clock (log, dep, seq) VALUES (?, ?, ?) ON CONFLICT (log, dep) DO UPDATE SET seq = excluded.seq',
    ),
    insert: sql(
      'INSERT INTO entry (log, seq, hash, kind, key_id, header, payload, recv, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    entry: sql(`SELECT ${columns} FROM entry e WHERE log = ? AND seq = ?`),
    entries: sql(`SELECT ${columns} FROM entry e WHERE log = ? AND seq BETWEEN ? AND ? ORDER BY seq`),
    byId: sql(`SELECT ${columns} FROM entry e WHERE id = ?`),
    raw: sql('SELECT seq, header, payload FROM entry WHERE log = ? AND seq BETWEEN ? AND ? ORDER BY seq'),
    hash: sql('SELECT hash FROM entry WHERE log = ? AND seq = ?'),
    controlReceivedAt: sql(
      'SELECT e.recv FROM control_entry c JOIN entry e ON e.id = c.entry WHERE c.space = ? AND e.hash = ?',
    ),
    lamport: sql('SELECT lamport FROM entry WHERE log = ? AND seq = ?'),
    status: sql('UPDATE entry SET status = ?, lamport = ? WHERE id = ?'),
    bytes: sql('SELECT bytes FROM space_size WHERE space = ?'),
    saveBytes: sql(
      'INSERT INTO space_size (space, bytes) VALUES (?, ?) ON CONFLICT (space) DO UPDATE SET bytes = excluded.bytes',
    ),
    headersFrom: sql('SELECT header FROM entry WHERE log = ? AND seq >= ?'),
    waiting: sql(
      `SELECT 1 FROM entry e JOIN log l ON l.id = e.log WHERE e.status = ${STATUS.noKey} AND e.key_id = ? AND l.space = ? LIMIT 1`,
    ),
    firstData: sql(
      `SELECT seq FROM entry WHERE log = ? AND seq > ? AND seq <= ? AND kind <> ${ENTRY_KIND.control} ORDER BY seq LIMIT 1`,
    ),
    readyInOrder: sql(
      `SELECT e.id, l.log_id FROM entry e JOIN log l ON l.id = e.log
       WHERE l.space = ? AND e.seq <= l.ready_seq ORDER BY e.lamport, l.log_id, e.seq`,
    ),
    setAsideData: sql(
      `SELECT 1 FROM entry e JOIN log l ON l.id = e.log
       WHERE e.status = ${STATUS.quarantined} AND l.space = ? AND e.kind <> ${ENTRY_KIND.control} LIMIT 1`,
    ),
    addControl: sql('INSERT INTO control_entry (space, entry, clock) VALUES (?, ?, ?)'),
    control: sql(`SELECT ${columns}, l.log_id ${control}`),
    controlWithClocks: sql(`SELECT ${columns}, c.clock, l.log_id ${control}`),
    waits: sql(
      `SELECT w.log_id AS dep, w.seq, l.log_id AS waiting FROM dep_wait w JOIN entry e ON e.id = w.entry
       JOIN log l ON l.id = e.log WHERE l.space = ?`,
    ),
    wait: sql('INSERT INTO dep_wait (entry, log_id, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'),
    stopWaiting: sql(
      `DELETE FROM dep_wait WHERE log_id = ? AND seq <= ? AND entry IN
       (SELECT e.id FROM entry e JOIN log l ON l.id = e.log WHERE l.space = ?)`,
    ),
    restart: [
      'DELETE FROM control_entry WHERE space = ?',
      'DELETE FROM log_clock WHERE log IN (SELECT id FROM log WHERE space = ?)',
      'DELETE FROM dep_wait WHERE entry IN (SELECT e.id FROM entry e JOIN log l ON l.id = e.log WHERE l.space = ?)',
      `UPDATE entry SET status = ${STATUS.pending}, lamport = 0 WHERE log IN (SELECT id FROM log WHERE space = ?)`,
    ].map(sql),
    quarantine: sql('INSERT INTO quarantine (space, from_device, reason, bytes, at) VALUES (?, ?, ?, ?, ?)'),
    acquit: sql(`DELETE FROM quarantine WHERE space = ? AND bytes = ? AND reason <> '${SALVAGED}'`),
    isQuarantined: sql('SELECT 1 FROM quarantine WHERE space = ? AND from_device = ? AND bytes = ?'),
    quarantinedOf: sql(
      `SELECT count(*) AS n, ifnull(sum(length(bytes)), 0) AS bytes FROM quarantine
       WHERE space = ? AND from_device = ? AND reason <> '${SALVAGED}'`,
    ),
    quarantined: sql(
      `SELECT count(*) AS n, ifnull(sum(length(bytes)), 0) AS bytes FROM quarantine
       WHERE space = ? AND reason <> '${SALVAGED}'`,
    ),
    forkProof: sql('INSERT INTO fork_proof (space, log_id, seq, a, b) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    forks: sql('SELECT log_id, min(seq) AS seq FROM fork_proof WHERE space = ? GROUP BY log_id'),
  };
}
