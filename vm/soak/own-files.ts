/** What lifeboot itself keeps on the root, as a power cut left it: each file is whole or absent, never torn. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { parseHostKey } from '../../src/rescue/auth/host-key.ts';
import { type Disk, makeRunDir, rawCopy, rootOf } from '../disk.ts';

const LOOK_MS = 120_000;
const PLACES = { etc: '/etc/lifeboot', log: '/var/log/lifeboot' };
const HOST_KEY = 'ssh_host_ed25519_key';

export interface OwnFiles {
  /** Sentences; empty when all is well. */
  readonly faults: readonly string[];
  /** The text of the host key; absent when none is there. */
  readonly hostKey?: string;
  readonly recordings: number;
  /** Left half by the cut, under names of their own that nobody reads. */
  readonly leftovers: number;
}

/** Replays the journal on a copy, as the next boot will, and reads the files before anything of the next boot can mend them. */
export async function inspectOwnFiles(disk: Disk): Promise<OwnFiles> {
  await using copy = await rawCopy(disk);
  const check = await execa('e2fsck', ['-p', '-f', rootOf(copy)], { reject: false, all: true, timeout: LOOK_MS });
  const broken = (check.exitCode ?? 8) > 1 ? [`e2fsck -p -f of the disk: exit ${check.exitCode}: ${check.all}`] : [];
  const directory = await makeRunDir();
  try {
    for (const [name, path] of Object.entries(PLACES)) {
      await mkdir(join(directory, name));
      await execa('debugfs', ['-R', `rdump ${path} ${join(directory, name)}`, rootOf(copy)], { timeout: LOOK_MS });
    }
    const judged = await judgeOwnFiles(directory);
    return { ...judged, faults: [...broken, ...judged.faults] };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The files of a disk, dumped below a directory. State and undo files lie in memory, unless somebody configured it: then they are JSON, too. */
export async function judgeOwnFiles(directory: string): Promise<OwnFiles> {
  const names = await readdir(directory, { recursive: true });
  const faults: string[] = [];
  const keyFile = names.find((name) => name.endsWith(`/${HOST_KEY}`));
  const hostKey = keyFile === undefined ? undefined : await readFile(join(directory, keyFile), 'utf8');
  if (hostKey !== undefined && parseHostKey(hostKey) === undefined) faults.push(`the host key is torn: ${hostKey.length} bytes`);
  const recordings = names.filter((name) => name.endsWith('.cast'));
  for (const name of recordings) {
    const fault = faultOfRecording(await readFile(join(directory, name), 'utf8'));
    if (fault !== undefined) faults.push(`${name}: ${fault}`);
  }
  for (const name of names.filter((each) => each.endsWith('.json'))) {
    if (parse(await readFile(join(directory, name), 'utf8')) === undefined) faults.push(`${name} is torn`);
  }
  const leftovers = names.filter((name) => /(^|\/)\.[^/]+$/.test(name) && existsSync(join(directory, name))).length;
  return { faults, recordings: recordings.length, leftovers, ...(hostKey === undefined ? {} : { hostKey }) };
}

/** asciicast v2: a header object, then one array a line. Undefined when every line is one. */
export function faultOfRecording(text: string): string | undefined {
  const lines = text.split('\n');
  if (lines.pop() !== '') return 'its last line is cut off';
  for (const [index, line] of lines.entries()) {
    const value = parse(line);
    const isRight = index === 0 ? (value as { version?: unknown } | undefined)?.version === 2 : Array.isArray(value);
    if (!isRight) return `line ${index + 1} is none of a recording: ${JSON.stringify(line.slice(0, 80))}`;
  }
  return lines.length === 0 ? 'it is empty' : undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) ?? undefined;
  } catch {
    return undefined;
  }
}
