import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWithin, type Mount, mountAt, parseMountinfo, standsOn, unmountOrder } from '../../../src/sys/mountinfo.ts';

const line = (id: number, parent: number, mountPoint: string, device = '0:20') =>
  `${id} ${parent} ${device} / ${mountPoint} rw,relatime - tmpfs tmpfs rw`;
const paths = (mounts: readonly Mount[]) => mounts.map((mount) => `${mount.id} ${mount.mountPoint}`);

describe('parseMountinfo()', () => {
  test('reads every field of a line', () => {
    const [mount] = parseMountinfo('36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw,errors=continue\n');
    expect(mount).toEqual({
      id: 36,
      parent: 35,
      device: '98:0',
      root: '/mnt1',
      mountPoint: '/mnt2',
      options: ['rw', 'noatime'],
      propagation: ['master:1', 'propagate_from:2'],
      fsType: 'ext3',
      source: '/dev/root',
      superOptions: ['rw', 'errors=continue'],
    });
  });

  test('decodes blank, tab, newline, backslash and hash in paths and sources', () => {
    const [mount] = parseMountinfo('1 1 0:1 /a\\134040 /srv/my\\040disk\\011\\012\\043 rw - fuse.ssh\\040fs host:/x\\040y rw');
    expect(mount?.mountPoint).toBe('/srv/my disk\t\n#');
    expect(mount?.root).toBe('/a\\040');
    expect(mount?.source).toBe('host:/x y');
  });

  test('takes an empty source and a mount point named "-"', () => {
    const [mount] = parseMountinfo('7 1 0:9 / - rw shared:4 - tmpfs  rw,size=1k');
    expect(mount).toMatchObject({ mountPoint: '-', source: '', propagation: ['shared:4'], superOptions: ['rw', 'size=1k'] });
  });

  test('reads nothing as no mounts', () => {
    expect(parseMountinfo('')).toEqual([]);
  });

  test.each(['1 2 3', '1 2 0:1 / /a rw', '1 2 0:1 / /a rw - ext4', 'x'])('refuses %j and names it', (text) => {
    expect(() => parseMountinfo(text)).toThrow(`not a mount: ${text}`);
  });
});

describe('isWithin()', () => {
  test.each([
    ['/a', '/a', true],
    ['/a/b', '/a', true],
    ['/ab', '/a', false],
    ['/', '/a', false],
    ['/a', '/', true],
  ])('%s within %s is %s', (path, base, expected) => {
    expect(isWithin(path, base)).toBe(expected);
  });
});

describe('mountAt()', () => {
  test('finds the topmost of stacked mounts, in whatever order the kernel lists them', () => {
    const mounts = parseMountinfo([line(9, 5, '/a'), line(1, 1, '/'), line(5, 1, '/a')].join('\n'));
    expect(mountAt(mounts, '/a')?.id).toBe(9);
    expect(mountAt(mounts, '/b')).toBeUndefined();
  });
});

describe('standsOn()', () => {
  test('tells toolbox from root by the device of / and of /run/lifeboot', () => {
    expect(standsOn(parseMountinfo([line(1, 1, '/', '0:30'), line(2, 1, '/run/lifeboot', '0:30')].join('\n')))).toBe('toolbox');
    expect(standsOn(parseMountinfo([line(1, 1, '/', '254:1'), line(2, 1, '/run/lifeboot', '0:30')].join('\n')))).toBe('root');
  });

  test('throws when there is no toolbox', () => {
    expect(() => standsOn(parseMountinfo(line(1, 1, '/')))).toThrow('/run/lifeboot is not mounted');
  });
});

describe('unmountOrder()', () => {
  test('puts the deepest first and the base last', () => {
    const mounts = parseMountinfo(
      [line(1, 0, '/'), line(2, 1, '/sysroot'), line(3, 2, '/sysroot/dev'), line(4, 3, '/sysroot/dev/pts'), line(5, 1, '/proc')].join('\n'),
    );
    expect(paths(unmountOrder(mounts, '/sysroot'))).toEqual(['4 /sysroot/dev/pts', '3 /sysroot/dev', '2 /sysroot']);
  });

  test('takes over-mounts from the top', () => {
    const mounts = parseMountinfo(
      [line(1, 0, '/'), line(2, 1, '/s'), line(7, 2, '/s/proc'), line(3, 7, '/s/proc'), line(4, 2, '/s')].join('\n'),
    );
    expect(paths(unmountOrder(mounts, '/s'))).toEqual(['4 /s', '3 /s/proc', '7 /s/proc', '2 /s']);
  });

  test('uncovers a mount that a later one above it hides', () => {
    const mounts = parseMountinfo([line(1, 0, '/'), line(2, 1, '/s'), line(3, 2, '/s/a/b'), line(4, 2, '/s/a')].join('\n'));
    expect(paths(unmountOrder(mounts, '/s'))).toEqual(['4 /s/a', '3 /s/a/b', '2 /s']);
  });

  test('umount by path meets the planned mount at every step, whatever was mounted where', () => {
    const place = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }).map((names) => `/s/${names.join('/')}`);
    fc.assert(
      fc.property(fc.array(fc.oneof(place, fc.constant('/s')), { maxLength: 12 }), fc.infiniteStream(fc.nat()), (places, noise) => {
        const world: Mount[] = [...parseMountinfo(line(1, 0, '/'))];
        for (const mountPoint of places) {
          const parent = resolve(world, mountPoint);
          world.push(...parseMountinfo(line(world.length + 1, parent.id, mountPoint)));
        }
        const shuffled = world.map((mount) => ({ mount, key: noise.next().value })).sort((a, b) => a.key - b.key);
        const order = unmountOrder(
          shuffled.map(({ mount }) => mount),
          '/s',
        );
        let left = world;
        for (const mount of order) {
          expect(resolve(left, mount.mountPoint).id).toBe(mount.id);
          left = left.filter((other) => other !== mount);
        }
        expect(left).toHaveLength(1);
      }),
    );
  });
});

/** Walks a path as the kernel does: at each directory, into the mount that stands there. */
function resolve(world: readonly Mount[], path: string): Mount {
  const prefixes = [
    '/',
    ...path
      .split('/')
      .slice(1)
      .map((_, index, names) => `/${names.slice(0, index + 1).join('/')}`),
  ];
  let current = world.find((mount) => mount.mountPoint === '/') as Mount;
  for (const prefix of prefixes)
    for (;;) {
      const next = world.find((mount) => mount.parent === current.id && mount.mountPoint === prefix && mount !== current);
      if (next === undefined) break;
      current = next;
    }
  return current;
}
