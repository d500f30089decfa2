/** What sftp-server says at `-l INFO` (sftp-server(8)), line by line, as actions on files. Formats: sftp-server.c of OpenSSH 8.4 to 10. */

export interface FileAction {
  /** `open`, `close`, `remove` …; `answered` tells that what came before it failed, `other` is a line of a kind that we do not know. */
  readonly action: string;
  readonly path?: string;
  /** The second name of a rename, or where a link was made. */
  readonly to?: string;
  /** Of an open: `READ`, `WRITE,CREATE,TRUNCATE` … */
  readonly flags?: string;
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  /** The client went before it had closed the file. */
  readonly forced?: true;
  /** Everything else of the line: a mode, an owner, a status. */
  readonly what?: string;
}

/**
 * A name with quotes in it makes a line ambiguous: then the names are divided at the last place that fits, and nothing of them is lost.
 * Groups: p(ath), t(o), f(lags), r(ead), w(ritten), x (anything else).
 */
// biome-ignore format: a table
const patterns: readonly (readonly [action: string, line: RegExp])[] = [
  ['open',     /^open "(?<p>.*)" flags (?<f>\S*) (?<x>mode [0-7]+)$/s],
  ['close',    /^(?<forced>forced )?close "(?<p>.*)" bytes read (?<r>\d+) written (?<w>\d+)$/s],
  ['list',     /^opendir "(?<p>.*)"$/s],
  ['remove',   /^remove name "(?<p>.*)"$/s],
  ['rename',   /^(?:posix-)?rename old "(?<p>.*)" new "(?<t>.*)"$/s],
  ['mkdir',    /^mkdir name "(?<p>.*)" (?<x>mode [0-7]+)$/s],
  ['rmdir',    /^rmdir name "(?<p>.*)"$/s],
  ['symlink',  /^symlink old "(?<p>.*)" new "(?<t>.*)"$/s],
  ['hardlink', /^hardlink old "(?<p>.*)" new "(?<t>.*)"$/s],
  ['set',      /^l?set "(?<p>.*)" (?<x>(?:size|mode|modtime|owner) .*)$/s],
  ['answered', /^sent status (?<x>.*)$/s],
];

/** sftp-server cuts what it logs at 1024 bytes, each of which may become four; the patterns take quadratic time for what is no log line. */
const MOST_CHARS = 8192;

/** They change nothing, and the session's own events tell the same. */
const SILENT =
  /^(?:session (?:opened|closed) for local user |(?:forced )?closedir "|statvfs "|fsync "|realpath "|readlink "|l?stat name ")/;

/** Undefined for a line that tells of no access to a file. */
export function parseSftpLog(whole: string): FileAction | undefined {
  const line = whole.slice(0, MOST_CHARS);
  if (line === '' || SILENT.test(line)) return undefined;
  for (const [action, pattern] of patterns) {
    const groups = pattern.exec(line)?.groups;
    if (groups !== undefined) return toAction(action, groups);
  }
  return { action: 'other', what: decodeVis(line) };
}

function toAction(action: string, { p, t, f, r, w, x, forced }: Readonly<Record<string, string | undefined>>): FileAction {
  return {
    action,
    ...(p === undefined ? {} : { path: decodeVis(p) }),
    ...(t === undefined ? {} : { to: decodeVis(t) }),
    ...(f === undefined ? {} : { flags: f }),
    ...(r === undefined ? {} : { bytesRead: Number(r) }),
    ...(w === undefined ? {} : { bytesWritten: Number(w) }),
    ...(forced === undefined ? {} : { forced: true }),
    ...(x === undefined ? {} : { what: decodeVis(x) }),
  };
}

/** vis(3) with VIS_SAFE and VIS_OCTAL, which is how OpenSSH logs to standard error: `\303\251` is é, `\\` a backslash. */
function decodeVis(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = Buffer.from(text).toString('latin1');
  const decoded = bytes.replace(/\\([0-3][0-7]{2}|\\)/g, (_, code: string) =>
    code === '\\' ? '\\' : String.fromCharCode(Number.parseInt(code, 8)),
  );
  return Buffer.from(decoded, 'latin1').toString();
}
