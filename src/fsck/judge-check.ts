/** What a finished check of an ext filesystem means for the boot. */
import { done, type Held, held, type PhaseResult } from '../sys/phase-result.ts';
import type { Ran } from '../sys/sys.ts';
import { describeFsckExit, isUsable, readFsckExit } from './fsck-exit.ts';
import { parseFsckProgress } from './fsck-progress.ts';

const EVIDENCE_LINES = 20;

/** Done when the filesystem may be mounted read-write; else held with e2fsck's last lines. The device was not mounted during the check. */
export function judgeCheck(ran: Ran, device: string): PhaseResult {
  const said = linesOf(ran);
  const evidence = said.slice(-EVIDENCE_LINES);
  if (ran.timedOut) return held(`e2fsck of ${device} did not end within ${duration(ran.durationMs)}`, evidence);
  if (ran.code === null) return held(`e2fsck of ${device} was killed by ${ran.signal ?? 'a signal'}`, evidence);

  const exit = readFsckExit(ran.code);
  if (isUsable(exit)) return done(describeSuccess(ran.code, said));
  const reason = `e2fsck of ${device}: ${describeFsckExit(exit)} (exit ${ran.code})`;
  return held(reason, evidence, exit.uncorrected ? repairAdvice(device) : []);
}

function repairAdvice(device: string): Held['advice'] {
  return [
    { command: `e2fsck -n ${device}`, does: 'shows every error and changes nothing' },
    { command: `e2fsck -y ${device}`, does: 'repairs everything, which can lose damaged files' },
  ];
}

function describeSuccess(code: number, said: readonly string[]): string {
  const replayed = said.some((line) => line.includes('recovering journal')) ? 'journal replayed, ' : '';
  const { clean, corrected, rebootWanted } = readFsckExit(code);
  if (clean) return `${replayed}clean`;
  const what = corrected ? `${replayed}errors corrected` : `${replayed}checked`;
  return `${what}, exit ${code}${rebootWanted ? ': no reboot needed, the root was not mounted' : ''}`;
}

/** Both streams without the progress lines; a line redrawn with carriage returns counts as its last state. */
function linesOf(ran: Ran): readonly string[] {
  return `${ran.stdout}\n${ran.stderr}`
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1).trimEnd())
    .filter((line) => line !== '' && parseFsckProgress(line) === undefined);
}

function duration(ms: number): string {
  return ms >= 3_600_000 ? `${Math.round(ms / 360_000) / 10} h` : `${Math.round(ms / 1000)} s`;
}
