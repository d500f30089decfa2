/** Arrays that run without some of their members, as md(4) tells in sysfs: found whoever has assembled them. */
import type { Problem } from '../../sys/problem.ts';
import type { Sys } from '../../sys/sys.ts';

const BLOCK = '/sys/class/block';

/** One for each: what runs on how much, on which devices, and what makes it whole again. */
export async function findDegraded(sys: Sys): Promise<readonly Problem[]> {
  const names = ((await sys.listDir(BLOCK)) ?? []).filter((name) => /^md[\d_]/.test(name));
  const found = await Promise.all(names.map((name) => readArray(sys, name).catch(() => undefined)));
  return found.filter((problem) => problem !== undefined);
}

async function readArray(sys: Sys, name: string): Promise<Problem | undefined> {
  const read = async (file: string): Promise<string> => ((await sys.readText(`${BLOCK}/${name}/md/${file}`)) ?? '').trim();
  const [level, degraded, disks] = [await read('level'), Number(await read('degraded')), Number(await read('raid_disks'))];
  if (!(degraded > 0)) return undefined;
  const slaves = (await sys.listDir(`${BLOCK}/${name}/slaves`)) ?? [];
  return {
    file: `/dev/${name}`,
    value: level,
    message: `runs DEGRADED, with ${disks - degraded} of ${disks} members (${slaves.map((slave) => `/dev/${slave}`).join(' ')}): one more that fails may take the data with it`,
    accepted: `all of them; mdadm /dev/${name} --add DEVICE puts one back`,
  };
}
