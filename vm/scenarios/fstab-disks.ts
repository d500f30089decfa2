import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { type Disk, debugfs, makeRunDir } from '../disk.ts';
import { emptyPartitions } from '../partitioned-disk.ts';
import { readPartitions } from '../root-location.ts';
import type { Scenario } from './scenario.ts';
import { assertServicesWell, bootState, expectVerdict, LOGIN_MS, powerOff } from './steps.ts';

const TOOL_TIMEOUT_MS = 60_000;
const PART_MIB = 64;

const FSTAB = `/dev/vda / ext4 errors=remount-ro 0 1
/srv/in /mnt/bound none bind 0 0
tmpfs /mnt/after tmpfs size=1m,x-systemd.requires-mounts-for=/srv 0 0
LABEL=data /srv ext4 noatime 0 2
LABEL=broken /mnt/broken ext4 defaults 0 2
LABEL=swap0 none swap sw 0 0
LABEL=gone /mnt/gone ext4 nofail,x-systemd.device-timeout=3 0 2
`;

export const fstabDisks: Scenario = {
  name: 'fstab-disks',
  story:
    'fstab names swap, a bind mount and two filesystems of a second disk, one of them damaged, and one that is not there but nofail: repaired by policy, all mounted in an order that works, good.',
  isLong: true,
  async run({ copy, start, say }) {
    await using disk = await copy();
    say('making the second disk, and damaging a filesystem of it');
    await using second = await secondDisk();
    const fstab = join(dirname(second.path), 'fstab');
    await writeFile(fstab, FSTAB);
    await debugfs(disk, ['rm /etc/fstab', 'cd /etc', `write ${fstab} fstab`]);
    await using machine = await start(disk, { moreDisks: [second], cmdline: ['fsck.repair=yes'] });
    await expectVerdict(machine, 'good');
    const told = machine.console.eventsLike({ subject: 'filesystem' }).map(({ name, what, detail }) => `${name}: ${what} ${detail}`);
    const all = told.join('\n');
    assert.match(all, /^\/srv: clean \/dev\/disk\/by-label\/data: /m);
    assert.match(all, /^\/mnt\/broken: repaired \/dev\/disk\/by-label\/broken: .*undo in \/run\/lifeboot\/undo\/dev-disk-by-label-broken/m);
    assert.match(all, /^\/mnt\/gone: absent LABEL=gone did not appear within 3 s \(nofail\)/m);
    const mounts = await machine.sh('cat /proc/mounts; cat /proc/swaps', { deadlineMs: LOGIN_MS });
    for (const wanted of [
      /^\/dev\/vdb2 \/srv ext4 rw,noatime/m,
      /^\/dev\/vdb2 \/mnt\/bound ext4 rw/m,
      /^\/dev\/vdb3 \/mnt\/broken ext4 rw/m,
      /^tmpfs \/mnt\/after tmpfs /m,
      /^\/dev\/vdb1\s+partition/m,
    ])
      assert.match(mounts, wanted);
    assert.doesNotMatch(mounts, /\/mnt\/gone/);
    assert.match(
      await machine.sh('cat /run/lifeboot/fsck.log', { deadlineMs: LOGIN_MS }),
      /^# e2fsck .*\/dev\/disk\/by-label\/broken: exit/m,
    );
    assertServicesWell(await bootState(machine));
    await powerOff(machine);
    for (const { number, offset } of (await readPartitions(second.path)).slice(1)) {
      const check = await execa('e2fsck', ['-fn', `${second.path}?offset=${offset}`], {
        reject: false,
        all: true,
        timeout: TOOL_TIMEOUT_MS,
      });
      assert.equal(check.exitCode, 0, `partition ${number}: ${check.all}`);
    }
  },
};

/** Swap, a healthy filesystem with a directory to bind, and one in which a directory became a file. */
async function secondDisk(): Promise<Disk> {
  const directory = await makeRunDir();
  const [path, tree] = [join(directory, 'second.img'), join(directory, 'tree')];
  await mkdir(join(tree, 'in'), { recursive: true });
  await emptyPartitions(path, [PART_MIB, PART_MIB]);
  const [swap, data, broken] = await readPartitions(path);
  const fill = async (offset = 0, make: readonly string[]): Promise<void> => {
    const file = join(directory, 'part.img');
    await execa('truncate', ['-s', `${PART_MIB}M`, file]);
    await execa(make[0] ?? '', [...make.slice(1), file], { timeout: TOOL_TIMEOUT_MS });
    await execa('dd', [`if=${file}`, `of=${path}`, 'bs=1M', `seek=${offset / 1024 / 1024}`, 'conv=notrunc,sparse', 'status=none']);
    await rm(file);
  };
  const ext4 = (label: string): readonly string[] => ['mke2fs', '-q', '-F', '-t', 'ext4', '-L', label, '-d', tree];
  await fill(swap?.offset, ['mkswap', '-L', 'swap0']);
  await fill(data?.offset, ext4('data'));
  await fill(broken?.offset, ext4('broken'));
  const place = { device: '/dev/vdb3', offset: broken?.offset ?? 0 };
  const disk: Disk = { path, format: 'raw', root: place, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
  await debugfs(disk, ['sif /in mode 0100644', 'ssv state 2']);
  return disk;
}
