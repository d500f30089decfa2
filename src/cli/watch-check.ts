/** `lifeboot fsck watch|cancel|skip|extend`: what an operator sees of a check that runs at boot, and may say to it. */
import { type CheckProgress, formatProgress, progressFile } from '../fsck/check-progress.ts';
import type { CheckWord } from '../init/operator.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { paths, TOOLBOX } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';

const BAR = 40;
const ANSWER_MS = 10_000;
const LOOK_MS = 2_000;

/** Shows the progress until the check is over: a bar on a terminal, else a line (or with `json` an object) each time it moves. */
export async function watchCheck(json: boolean): Promise<number> {
  const sys = createLinuxSys();
  const terminal = process.stdout.isTTY && !json;
  let last = '';
  for (;;) {
    const progress = await readProgress(sys);
    if (progress === undefined) break;
    const line = json ? JSON.stringify(progress) : terminal ? `\r${formatBar(progress)}\x1b[K` : formatProgress(progress);
    if (line !== last) process.stdout.write(terminal ? line : `${line}\n`);
    last = line;
    await sys.waitForChange(TOOLBOX, LOOK_MS);
  }
  if (terminal && last !== '') process.stdout.write('\n');
  if (last === '' && !json) process.stderr.write('lifeboot: no check is running\n');
  return last === '' ? 1 : 0;
}

/** Says the word to the boot agent's check. */
export async function tellCheck(word: CheckWord): Promise<number> {
  const answer = await createLinuxSys().request(paths.control, { op: `fsck-${word}` }, ANSWER_MS);
  const failed = typeof answer['error'] === 'string';
  process[failed ? 'stderr' : 'stdout'].write(`${failed ? 'lifeboot: ' : ''}${String(answer['error'] ?? answer['ok'])}\n`);
  return failed ? 1 : 0;
}

/** `[####------]  43.2 %  preen of /dev/vda1: …`. Pure. */
export function formatBar(progress: CheckProgress): string {
  const full = Math.round((Math.min(100, Math.max(0, progress.percent)) / 100) * BAR);
  return `[${'#'.repeat(full)}${'-'.repeat(BAR - full)}] ${formatProgress(progress)}`;
}

async function readProgress(sys: Sys): Promise<CheckProgress | undefined> {
  const text = await sys.readText(progressFile);
  return text === undefined ? undefined : (JSON.parse(text) as CheckProgress);
}
