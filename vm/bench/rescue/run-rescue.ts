/** `npm run bench -- rescue`: the rescue sshd beside OpenSSH's and dropbear's, on the loopback of a namespace. */
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { RescueRow } from './figures.ts';

export interface RescueResult {
  readonly rows: readonly RescueRow[];
  readonly samples: unknown;
}

const inside = fileURLToPath(new URL('inside.ts', import.meta.url));
const toolbox = fileURLToPath(new URL('../../../dist/toolbox', import.meta.url));
const LONGEST_MS = 20 * 60_000;

/** Measures the built toolbox. Needs root, for the namespaces. Throws with what is missing. */
export async function runRescueBench(runs: number, signal: AbortSignal): Promise<RescueResult> {
  if (process.getuid?.() !== 0) throw new Error('rescue: needs root (it makes namespaces): sudo npm run bench -- rescue');
  const missing: string[] = [];
  for (const program of ['/usr/sbin/sshd', '/usr/sbin/dropbear', '/usr/bin/dropbearkey'])
    await access(program).catch(() => missing.push(program));
  if (missing.length > 0)
    throw new Error(`rescue: ${missing.join(', ')}: apt-get install --no-install-recommends openssh-server dropbear-bin`);
  const argv = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, inside, toolbox, String(runs)];
  const { stdout } = await execa('unshare', argv, { cancelSignal: signal, timeout: LONGEST_MS, stderr: 'inherit' });
  return JSON.parse(stdout);
}
