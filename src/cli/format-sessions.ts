/** The list of recorded sessions as a table: one line each, the ID first. */

import type { RecordingFacts } from '../rescue/audit/parse-recording.ts';
import { printable } from '../sys/console.ts';
import { formatColumns } from './format-columns.ts';

const HEAD = ['ID', 'STARTED', 'LENGTH', 'SIZE', 'STATE', 'END', 'FROM', 'WHO'];

/** What a client or a file says of itself is shown without any character that steers a terminal. */
export function formatSessions(recordings: readonly RecordingFacts[]): string {
  if (recordings.length === 0) return 'no recorded sessions';
  const rows = recordings.map((recording) => cellsOf(recording).map(printable));
  return formatColumns([HEAD, ...rows]);
}

function cellsOf({ id, startedAt, seconds, bytes, state, end, client, command }: RecordingFacts): readonly string[] {
  const { fingerprint, comment, certificate } = client;
  const name = certificate === undefined ? comment : `${certificate.keyId} (serial ${certificate.serial} of ${certificate.caFingerprint})`;
  const who = [...(name === undefined ? [] : [name]), fingerprint, ...(command === '' ? [] : [`ran ${command}`])].join(' ');
  return [id, startedAt.slice(0, 19).replace('T', ' '), formatLength(seconds), formatSize(bytes), state, end ?? '-', client.address, who];
}

/** `0:07`, `12:03`, `1:02:03`. */
function formatLength(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

const formatSize = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
