/** `lifeboot sessions list|play`: the recorded terminals of rescue sessions. */
import { parseArgs } from 'node:util';
import { type FoundRecording, findRecordings, type RecordingPlaces } from '../rescue/audit/find-recordings.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { paths } from '../sys/paths.ts';
import { safeJson } from '../sys/safe-json.ts';
import { formatSessions } from './format-sessions.ts';
import { playRecording } from './play-recording.ts';
import { UsageError } from './usage-error.ts';

const places: RecordingPlaces = { memory: paths.sessions, kept: paths.keptSessions };
const VERBS = 'list, play';

export async function sessions([verb = 'list', ...args]: readonly string[]): Promise<number> {
  if (verb === 'list') return list(args);
  if (verb === 'play') return play(args);
  throw new UsageError(`unknown word ${JSON.stringify(verb)}; accepted: ${VERBS}`);
}

async function list(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
  const { recordings } = await find();
  const text = values.json ? safeJson(recordings, 2) : formatSessions(recordings);
  process.stdout.write(`${text}\n`);
  return 0;
}

async function play(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { speed: { type: 'string', default: '1' }, 'idle-limit': { type: 'string' } },
    allowPositionals: true,
  });
  const [wanted] = positionals;
  if (wanted === undefined || positionals.length > 1) throw new UsageError('one ID is wanted: see lifeboot sessions list');
  const speed = positive('--speed', values.speed);
  const idleLimit = values['idle-limit'] === undefined ? Number.POSITIVE_INFINITY : positive('--idle-limit', values['idle-limit']);
  const sys = createLinuxSys();
  const { file } = choose(wanted, (await find()).recordings);
  return playRecording(sys, file, { speed, idleLimitMs: idleLimit * 1000 });
}

async function find() {
  const found = await findRecordings(createLinuxSys(), places);
  for (const problem of found.problems) process.stderr.write(`lifeboot: ${problem}\n`);
  return found;
}

/** By id, by its beginning where that is enough, or `last`. */
export function choose(wanted: string, recordings: readonly FoundRecording[]): FoundRecording {
  const last = recordings.at(-1);
  if (last === undefined) throw new Error('there are no recordings');
  if (wanted === 'last') return last;
  const fitting = recordings.filter(({ id }) => id.startsWith(wanted));
  const chosen = fitting.find(({ id }) => id === wanted) ?? (fitting.length === 1 ? fitting[0] : undefined);
  if (chosen !== undefined) return chosen;
  const why = fitting.length === 0 ? 'no recording has this ID' : `${fitting.length} recordings begin so`;
  throw new Error(`${JSON.stringify(wanted)}: ${why}: see lifeboot sessions list`);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new UsageError(`${option} is ${JSON.stringify(text)}; accepted: a number above 0`);
  return value;
}
