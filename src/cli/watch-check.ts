/** `lifeboot fsck watch|cancel|skip|extend`: what an operator sees of the checks that run at boot, and may say to them. */
import { type CheckProgress, formatProgress, progressDirectory, readProgress } from '../fsck/check-progress.ts';
import type { CheckWord } from '../init/operator.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { paths } from '../sys/paths.ts';

const BAR = 40;
const ANSWER_MS = 10_000;
const LOOK_MS = 2_000;

/** Shows the progress until no check runs any more: a bar for each on a terminal, else a line (or with `json` an object) each time one moves. */
export async function watchCheck(json: boolean): Promise<number> {
  const sys = createLinuxSys();
  const terminal = process.stdout.isTTY && !json;
  const last = new Map<string, string>();
  let drawn = 0;
  for (;;) {
    const running = await readProgress(sys);
    if (running.length === 0) break;
    const moved = running.filter((progress) => last.get(progress.device) !== JSON.stringify(progress));
    for (const progress of moved) last.set(progress.device, JSON.stringify(progress));
    if (terminal) process.stdout.write(drawBars(running, drawn));
    else for (const progress of moved) process.stdout.write(`${json ? JSON.stringify(progress) : formatProgress(progress)}\n`);
    drawn = running.length;
    await sys.waitForChange(progressDirectory, LOOK_MS);
  }
  if (last.size === 0 && !json) process.stderr.write('lifeboot: no check is running\n');
  return last.size === 0 ? 1 : 0;
}

/** Says the word to the boot agent's checks. */
export async function tellCheck(word: CheckWord): Promise<number> {
  const answer = await createLinuxSys().request(paths.control, { op: `fsck-${word}` }, ANSWER_MS);
  const failed = typeof answer['error'] === 'string';
  process[failed ? 'stderr' : 'stdout'].write(`${failed ? 'lifeboot: ' : ''}${String(answer['error'] ?? answer['ok'])}\n`);
  return failed ? 1 : 0;
}

/** The bars in the place of the `drawn` ones of before, for a terminal (console_codes(4)). Pure. */
export function drawBars(running: readonly CheckProgress[], drawn: number): string {
  const up = drawn === 0 ? '' : `\x1b[${drawn}A`;
  return `${up}${running.map((progress) => `\r${formatBar(progress)}\x1b[K\n`).join('')}\x1b[J`;
}

/** `[####------]  43.2 %  preen of /dev/vda1: …`. Pure. */
function formatBar(progress: CheckProgress): string {
  const full = Math.round((Math.min(100, Math.max(0, progress.percent ?? 0)) / 100) * BAR);
  return `[${'#'.repeat(full)}${'-'.repeat(BAR - full)}] ${formatProgress(progress)}`;
}
