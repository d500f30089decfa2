/** `lifeboot unlock`: opens the LUKS device that the root lies in, with a passphrase typed here. */
import { parseArgs } from 'node:util';
import { readBlockDevices } from '../fsck/root/block-devices.ts';
import { openLuks, planOpen } from '../fsck/root/open-luks.ts';
import { optionValue, readCmdline } from '../sys/cmdline.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { readSecret } from './read-secret.ts';
import { UsageError } from './usage-error.ts';

const TRIES = 3;

/** Exit status 0 when it is open, 1 when not. A passphrase that does not come from a terminal is tried once. */
export async function unlock(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: { name: { type: 'string' } } });
  const [device, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError('unlock takes one device');
  const sys = createLinuxSys();
  const root = optionValue((await readCmdline(sys)).cmdline, 'root');
  const wish = planOpen(await readBlockDevices(sys, new Map()), { device, name: values.name, root });
  if ('refused' in wish) return complain([wish.refused, ...wish.evidence.map((line) => `  | ${line}`)].join('\n'));
  for (let left = process.stdin.isTTY ? TRIES : 1; left > 0; left -= 1) {
    const passphrase = await readSecret(`Passphrase of ${wish.device}: `);
    if (passphrase === undefined) return complain('no passphrase was given');
    const opened = await openLuks(sys, wish, passphrase);
    if (opened.outcome === 'failed') return complain(opened.reason);
    if (opened.outcome === 'opened') {
      process.stdout.write(`${wish.device} is open as ${opened.path}\n`);
      return 0;
    }
    process.stderr.write('lifeboot: that is not its passphrase\n');
  }
  return 1;
}

function complain(text: string): number {
  process.stderr.write(`lifeboot: ${text}\n`);
  return 1;
}
