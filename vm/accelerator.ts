/** KVM where it works, else TCG: a probe boot decides, since /dev/kvm may exist and still not run a kernel. */
import { constants } from 'node:fs';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { makeCacheDir } from './cache.ts';

export interface Accelerator {
  readonly name: 'kvm' | 'tcg';
  readonly qemuArgument: string;
  /** Why it is not KVM; empty when it is. */
  readonly why: string;
  /** How much longer than at native speed a guest may take: deadlines of tests are stated for TCG, bounds at native speed use it. */
  readonly slowness: number;
}

const PROBE_MS = 5000;

/** Probes once per boot of the host. */
export async function findAccelerator(kernel: string): Promise<Accelerator> {
  const remembered = join(await makeCacheDir('vm'), 'accelerator');
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const [knownBoot, known, ...why] = (await readFile(remembered, 'utf8').catch(() => '')).split(' ');
  if (knownBoot === bootId && known !== undefined) return known === 'kvm' ? kvm : tcg(why.join(' '));
  const failure = await probeKvm(kernel);
  await writeFile(remembered, `${bootId} ${failure === undefined ? 'kvm' : `tcg ${failure}`}`);
  return failure === undefined ? kvm : tcg(failure);
}

const kvm: Accelerator = { name: 'kvm', qemuArgument: 'kvm', why: '', slowness: 1 };
const tcg = (why: string): Accelerator => ({ name: 'tcg', qemuArgument: 'tcg,thread=multi', why, slowness: 10 });

/** Boots the kernel without a disk under KVM and waits for its first console line. What failed, or undefined. */
async function probeKvm(kernel: string): Promise<string | undefined> {
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return 'no usable /dev/kvm';
  }
  const base = ['-accel', 'kvm', '-M', 'q35', '-m', '256', '-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio'];
  const child = execa('qemu-system-x86_64', [...base, '-kernel', kernel, '-append', 'console=ttyS0 earlyprintk=ttyS0 panic=-1'], {
    timeout: PROBE_MS,
    killSignal: 'SIGKILL',
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  for await (const line of child.iterable({ from: 'all' })) {
    if (!line.includes('Linux version')) continue;
    child.kill('SIGKILL');
    return undefined;
  }
  return `a probe boot under KVM said nothing within ${PROBE_MS / 1000} s`;
}
