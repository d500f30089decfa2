/** Which recordings go and which come when there is room for so many bytes: decided here, done elsewhere. */

export interface StoredRecording {
  /** Begins with its time, so that the order of the ids is that of the recordings. */
  readonly id: string;
  readonly bytes: number;
}

export interface Retention {
  /** Of those already stored, oldest first. */
  readonly remove: readonly string[];
  /** Of those that wait, oldest first. */
  readonly store: readonly string[];
  /** Of those that wait: older than what fits, or larger than everything. */
  readonly drop: readonly string[];
}

/** The newest stay: as many as fit into `mostBytes`, without a gap. One that is stored and waits as well counts as it will be: once. */
export function planRetention(stored: readonly StoredRecording[], waiting: readonly StoredRecording[], mostBytes: number): Retention {
  const arriving = new Set(waiting.map(({ id }) => id));
  const all = [...stored.filter(({ id }) => !arriving.has(id)), ...waiting].sort((a, b) => (a.id < b.id ? 1 : -1));
  const kept = new Set<string>();
  let bytes = 0;
  for (const recording of all) {
    bytes += recording.bytes;
    if (bytes > mostBytes) break;
    kept.add(recording.id);
  }
  const ids = (recordings: readonly StoredRecording[], stays: boolean) =>
    recordings.flatMap(({ id }) => (kept.has(id) === stays ? [id] : [])).sort();
  return { remove: ids(stored, false), store: ids(waiting, true), drop: ids(waiting, false) };
}
