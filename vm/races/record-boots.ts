/** Boots a machine to be recorded, again and again in other start orders, and brings the recordings home. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseTrace } from '../../src/init/races/trace/parse-trace.ts';
import type { Trace } from '../../src/init/races/trace/trace.ts';
import { formatProblem } from '../../src/sys/problem.ts';
import { overlayDisk } from '../disk.ts';
import { type Machine, startMachine } from '../machine.ts';
import type { ShowProgress } from '../progress.ts';
import { DOOR_MS, LOGIN_MS } from '../scenarios/steps.ts';
import { SSH_FAILED } from '../ssh-client.ts';
import type { Target } from '../target.ts';

export interface RecordOptions {
  readonly target: Target;
  /** Where they are kept. */
  readonly directory: string;
  /** Words for the kernel, one list a boot. */
  readonly boots: readonly (readonly string[])[];
  /** Take those that are there already, in the place of as many boots. */
  readonly reuse: boolean;
  readonly show: ShowProgress;
  readonly signal: AbortSignal;
}

const BOOT_MS = 500_000;
const WRITTEN_MS = 120_000;

/**
 * By name, in the reverse order one after another, in random orders: new orders show new ways through the scripts. `shuffle` is one more
 * order that somebody wishes for.
 */
export function plannedBoots(count: number, shuffle: string | undefined): readonly (readonly string[])[] {
  const orders = [[], ['lifeboot.shuffle=reverse', 'lifeboot.parallel=1'], ['lifeboot.parallel=1']];
  const wished = shuffle === undefined ? [] : [[`lifeboot.shuffle=${shuffle}`]];
  const all = [...wished, ...orders, ...Array.from({ length: count }, (_, seed) => [`lifeboot.shuffle=${seed + 1}`])];
  return all.slice(0, Math.max(1, count));
}

/** Throws when a machine cannot be recorded, or a recording lacks events. */
export async function recordBoots(options: RecordOptions): Promise<readonly Trace[]> {
  const { directory, boots, reuse, show, signal } = options;
  await mkdir(directory, { recursive: true });
  const traces: Trace[] = [];
  for (const [index, words] of boots.entries()) {
    const file = join(directory, `boot-${index + 1}.trace.gz`);
    const isThere = reuse && (await readdir(directory)).includes(`boot-${index + 1}.trace.gz`);
    const progress = show(`recorded boot ${index + 1} of ${boots.length}`);
    if (!isThere) {
      // A run that is killed leaves no half of one under this name.
      await writeFile(`${file}.part`, await recordBoot(options, words, (detail) => progress.update(detail)));
      await rename(`${file}.part`, file);
    }
    signal.throwIfAborted();
    const trace = await readTrace(file, `boot-${index + 1}`);
    traces.push(trace);
    progress.done(
      `${trace.events.length} events${words.length === 0 ? '' : `, ${words.join(' ')}`}${isThere ? ', of an earlier run' : ''}`,
    );
  }
  return traces;
}

/** `name` is how reports call it. Throws a sentence for a person. */
export async function readTrace(file: string, name?: string): Promise<Trace> {
  const bytes = await readFile(file);
  const text = (file.endsWith('.gz') ? unpack(bytes, file) : bytes).toString('utf8');
  const parsed = parseTrace(text, file);
  if (!parsed.ok) throw new Error(formatProblem(parsed.problem));
  return name === undefined ? parsed.trace : { ...parsed.trace, head: { ...parsed.trace.head, name } };
}

function unpack(bytes: Buffer, file: string): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new Error(
      `${file}: is no whole gzip file (${error instanceof Error ? error.message : error}): remove it, and it is recorded again`,
    );
  }
}

/** Asked as soon as it can be: a boot is recorded to its end, and brought home over ssh then. */
async function requireLogin(machine: Machine, { keyFile, canLogIn }: Target): Promise<void> {
  await machine.waitDoor('rescue', DOOR_MS);
  const { code, stderr } = await machine.ssh(['true'], { deadlineMs: LOGIN_MS });
  if (code !== SSH_FAILED) return;
  const whose = canLogIn ? `--key ${keyFile}` : 'no --key was named, and ours';
  throw new Error(
    `the image does not let us in (${whose}: ${stderr.trim().split('\n').at(-1)}), and recordings come home over ssh: name a private key with --key FILE that its /etc/lifeboot/authorized_keys has, or recordings that were made by lifeboot races record with --trace FILE`,
  );
}

/** What is in files is compared over all boots of the directory: a machine whose disk is thrown away makes another key each time. */
export async function seriesKey(directory: string): Promise<string> {
  const file = join(directory, 'contents.key');
  const known = (await readFile(file, 'utf8').catch(() => '')).trim();
  // Of half a key nobody knows the rest, and it goes into a shell of the machine.
  if (/^[0-9a-f]{64}$/.test(known)) return known;
  const key = randomBytes(32).toString('hex');
  await rm(file, { force: true });
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  return key;
}

async function recordBoot(
  { target, signal, directory }: RecordOptions,
  words: readonly string[],
  tell: (detail: string) => void,
): Promise<Buffer> {
  await using disk = await overlayDisk(target.image, target.root);
  await using machine = await startMachine({
    disk,
    boot: target.boot,
    keyFile: target.keyFile,
    signal,
    cmdline: ['lifeboot.races=record', ...words],
    onLine: (_, event) => {
      if (event?.subject === 'tier' || event?.subject === 'verdict') tell(`${event.subject} ${event.name}: ${event.what}`);
    },
  });
  if (!target.isOurs) await requireLogin(machine, target);
  const { what } = await machine.console.waitEvent({ subject: 'verdict' }, { deadlineMs: BOOT_MS });
  tell(`verdict ${what}`);
  // It is asked for only when the grace of the recording is over.
  const key = await seriesKey(directory);
  await machine.sh(`umask 077; echo ${key} >/run/lifeboot/races.key`, { deadlineMs: LOGIN_MS });
  const ends = ['written', 'void', 'failed'].map((end) =>
    machine.console.waitEvent({ subject: 'races', name: 'record', what: end }, { deadlineMs: WRITTEN_MS }),
  );
  for (const end of ends) end.catch(() => undefined);
  const written = await Promise.race(ends);
  if (written.what !== 'written') throw new Error(`the boot could not be recorded: ${written.what}, ${written.detail}`);
  const path = written.detail.split(': ')[0] ?? '';
  const text = await machine.sh(`base64 '${path}'`, { deadlineMs: LOGIN_MS });
  return Buffer.from(text, 'base64');
}
