/** `lifeboot unlock`: opens the LUKS devices that the root lies in, with a passphrase typed here, and lets a held boot go on. */
import { parseArgs } from 'node:util';
import { describeDevice, readBlockDevices } from '../fsck/root/block-devices.ts';
import { type LuksWish, planUnlock } from '../fsck/storage/luks-devices.ts';
import { openLuks } from '../fsck/storage/open-luks.ts';
import { readKnowledge } from '../fsck/storage/read-knowledge.ts';
import { recordForUdev } from '../fsck/storage/udev-records.ts';
import { readBootState } from '../sys/boot-state.ts';
import { readCmdline } from '../sys/cmdline.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { paths } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import { readSecret } from './read-secret.ts';
import { UsageError } from './usage-error.ts';

const TRIES = 3;
const ANSWER_MS = 10_000;

/** Exit status 0 when all are open, 1 when not. A passphrase that does not come from a terminal is tried once. */
export async function unlock(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: { name: { type: 'string' } } });
  const [device, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError('unlock takes one device');
  const sys = createLinuxSys();
  const known = await readKnowledge(sys, (await readCmdline(sys)).cmdline);
  const wishes = planUnlock(await readBlockDevices(sys, new Map()), known, { device, name: values.name });
  if ('refused' in wishes) return complain([wishes.refused, ...wishes.candidates.map((one) => `  | ${describeDevice(one)}`)].join('\n'));
  let passphrase: string | undefined;
  for (const wish of wishes) {
    const used = await unlockOne(sys, wish, passphrase);
    if (used === undefined) return 1;
    passphrase = used;
  }
  await recordForUdev(sys);
  await goOn(sys);
  return 0;
}

/** The passphrase that opened it, or undefined. That of the device before is tried first: often they share it. */
async function unlockOne(sys: Sys, wish: LuksWish, before: string | undefined): Promise<string | undefined> {
  const tell = (path: string): void => void process.stdout.write(`${wish.device} is open as ${path}\n`);
  if (before !== undefined) {
    const opened = await openLuks(sys, wish, before);
    if (opened.outcome === 'opened') tell(opened.path);
    if (opened.outcome === 'opened' || !process.stdin.isTTY) return opened.outcome === 'opened' ? before : undefined;
  }
  for (let left = process.stdin.isTTY ? TRIES : 1; left > 0; left -= 1) {
    const passphrase = await readSecret(`Passphrase of ${wish.device}: `);
    if (passphrase === undefined) return fail('no passphrase was given');
    const opened = await openLuks(sys, wish, passphrase);
    if (opened.outcome === 'failed') return fail(opened.reason);
    if (opened.outcome === 'opened') {
      tell(opened.path);
      return passphrase;
    }
    process.stderr.write(`lifeboot: that is not the passphrase of ${wish.device}\n`);
  }
  return undefined;
}

/** A boot that waits or is held for the root sees it now. */
async function goOn(sys: Sys): Promise<void> {
  if ((await readBootState(sys))?.hold?.phase !== 'find-root') return;
  const answer = await sys
    .request(paths.control, { op: 'retry', by: 'lifeboot unlock' }, ANSWER_MS)
    .catch((error: unknown) => ({ error: String(error) }));
  const failed = 'error' in answer && typeof answer['error'] === 'string';
  process.stdout.write(failed ? `the boot could not be told: lifeboot retry does it (${answer['error']})\n` : 'the boot goes on\n');
}

function fail(text: string): undefined {
  complain(text);
  return undefined;
}

function complain(text: string): 1 {
  process.stderr.write(`lifeboot: ${text}\n`);
  return 1;
}
