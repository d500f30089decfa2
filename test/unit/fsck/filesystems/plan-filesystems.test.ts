import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mountedBefore, planFilesystems } from '../../../../src/fsck/filesystems/plan-filesystems.ts';
import { type FstabEntry, parseFstab } from '../../../../src/fsck/fstab.ts';
import { parseMountinfo } from '../../../../src/sys/mountinfo.ts';

const plan = (text: string, disks: Readonly<Record<string, readonly string[]>> = {}, mounts = '') =>
  planFilesystems(parseFstab(text, '/etc/fstab').entries, new Map(Object.entries(disks)), parseMountinfo(mounts));
const points = (filesystems: readonly { readonly entry: FstabEntry }[]) => filesystems.map(({ entry }) => entry.mountPoint);

describe('planFilesystems()', () => {
  test('checks partitions of one disk in series and disks side by side, by pass number', () => {
    const { waves } = plan(
      '/dev/sda1 /a ext4 defaults 0 2\n/dev/sdb1 /b ext4 defaults 0 2\n/dev/sda2 /c ext4 defaults 0 2\n/dev/sdc1 /d ext4 defaults 0 3\n/dev/sdd1 /e ext4 defaults 0 0\n',
      { '/dev/sda1': ['sda'], '/dev/sda2': ['sda'], '/dev/sdb1': ['sdb'], '/dev/sdc1': ['sdc'] },
    );
    expect(waves.map(({ pass, lanes }) => ({ pass, lanes: lanes.map(points) }))).toEqual([
      { pass: 2, lanes: [['/b'], ['/a', '/c']] },
      { pass: 3, lanes: [['/d']] },
    ]);
  });

  test('puts what lies on several disks into one lane with all that lie on any of them', () => {
    const { waves } = plan(
      '/dev/sda1 /a ext4 defaults 0 2\n/dev/sdb1 /b ext4 defaults 0 2\n/dev/md0 /m ext4 defaults 0 2\n/dev/sdc1 /c ext4 defaults 0 2\n',
      { '/dev/sda1': ['sda'], '/dev/sdb1': ['sdb'], '/dev/md0': ['sda', 'sdb'], '/dev/sdc1': ['sdc'] },
    );
    expect(waves[0]?.lanes.map(points)).toEqual([['/a', '/b', '/m'], ['/c']]);
  });

  test('mounts a parent before its child and a source before its bind mount, else in the order of fstab', () => {
    const { mounts } = plan(
      '/srv/www /var/www none bind 0 0\n/dev/b /srv/www/deep ext4 defaults 0 2\n/dev/a /srv ext4 defaults 0 2\ntmpfs /tmp tmpfs defaults 0 0\n',
    );
    expect(points(mounts)).toEqual(['/srv', '/var/www', '/srv/www/deep', '/tmp']);
  });

  test('breaks a circle of bind mounts and mounts each once', () => {
    expect(points(plan('/a /b none bind 0 0\n/b /a none bind 0 0\n').mounts).sort()).toEqual(['/a', '/b']);
  });

  test('does nothing anew that is mounted already, and says so', () => {
    const { mounts, waves, left } = plan('/dev/b /usr ext4 x-initrd.mount 0 2\n', {}, '30 1 8:1 / /usr rw - ext4 /dev/b rw\n');
    expect([mounts, waves]).toEqual([[], []]);
    expect(left).toMatchObject([{ why: 'is mounted already' }]);
  });

  test('switches swap on devices on first, and swap files last', () => {
    const { swapFirst, swapLast } = plan('/dev/s none swap sw 0 0\n/var/swap none swap sw 0 0\n');
    expect([swapFirst, swapLast].map((swaps) => swaps.map(({ entry }) => entry.source))).toEqual([['/dev/s'], ['/var/swap']]);
  });
});

const disks = ['sda', 'sdb', 'sdc', 'sdd'];
const aLine = fc.record({
  source: fc.constantFrom(...Array.from({ length: 8 }, (_, n) => `/dev/p${n}`), 'LABEL=x', '/srv/dir', '/var/file', 'tmpfs'),
  mountPoint: fc.constantFrom('/', '/srv', '/srv/dir', '/srv/dir/deep', '/var', '/home', '/usr', 'none'),
  fsType: fc.constantFrom('ext4', 'xfs', 'swap', 'tmpfs', 'nfs', 'none'),
  options: fc.subarray(['noauto', 'nofail', '_netdev', 'bind', 'x-systemd.requires=/home']).map((words) => ['defaults', ...words]),
  pass: fc.integer({ min: 0, max: 3 }),
});
const aTable = fc.record({
  entries: fc.array(aLine, { maxLength: 12 }).map((lines) => lines.map((line, index): FstabEntry => ({ ...line, line: index + 1 }))),
  below: fc.array(fc.subarray(disks, { minLength: 1, maxLength: 2 }), { minLength: 9, maxLength: 9 }),
});
const planTable = ({ entries, below }: { readonly entries: readonly FstabEntry[]; readonly below: readonly (readonly string[])[] }) => {
  const known = new Map(below.map((names, index) => [index === 8 ? 'LABEL=x' : `/dev/p${index}`, names]));
  return { known, plan: planFilesystems(entries, known, []) };
};

describe('planFilesystems() of any fstab', () => {
  test('has every line exactly once', () => {
    fc.assert(
      fc.property(aTable, (table) => {
        const { swapFirst, swapLast, mounts, left } = planTable(table).plan;
        const lines = [...swapFirst, ...swapLast, ...mounts, ...left].map(({ entry }) => entry.line).sort((a, b) => a - b);
        expect(lines).toEqual(table.entries.map(({ line }) => line));
      }),
    );
  });

  test('checks each device with a pass number that is mounted exactly once, passes in order', () => {
    fc.assert(
      fc.property(aTable, (table) => {
        const { waves, mounts } = planTable(table).plan;
        const checked = waves.flatMap(({ pass, lanes }) => lanes.flat().map(({ entry }) => ({ pass, entry })));
        expect(checked.every(({ pass, entry }) => pass === entry.pass)).toBe(true);
        expect(waves.map(({ pass }) => pass)).toEqual([...new Set(waves.map(({ pass }) => pass))].sort((a, b) => a - b));
        const wanted = mounts.filter(({ kind, entry }) => kind === 'device' && entry.pass > 0).map(({ entry }) => entry.line);
        expect(checked.map(({ entry }) => entry.line).sort((a, b) => a - b)).toEqual(wanted.sort((a, b) => a - b));
      }),
    );
  });

  test('never lets two lanes of one wave touch the same disk', () => {
    fc.assert(
      fc.property(aTable, (table) => {
        const { known, plan: planned } = planTable(table);
        for (const { lanes } of planned.waves) {
          const touched = lanes.flatMap((lane) => [...new Set(lane.flatMap(({ entry }) => known.get(entry.source) ?? [entry.source]))]);
          expect(new Set(touched).size).toBe(touched.length);
        }
      }),
    );
  });

  test('mounts nothing before what it stands on, but in a circle', () => {
    fc.assert(
      fc.property(aTable, (table) => {
        const { mounts } = planTable(table).plan;
        const reaches = (from: (typeof mounts)[number], to: (typeof mounts)[number], seen = new Set<unknown>()): boolean => {
          if (seen.has(from)) return false;
          seen.add(from);
          return mountedBefore(from, mounts).some((next) => next === to || reaches(next, to, seen));
        };
        mounts.forEach((filesystem, index) => {
          for (const before of mountedBefore(filesystem, mounts))
            expect(mounts.indexOf(before) < index || reaches(before, filesystem)).toBe(true);
        });
      }),
    );
  });
});
