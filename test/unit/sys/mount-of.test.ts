import { describe, expect, test } from 'vitest';
import { mountOf } from '../../../src/sys/mount-of.ts';
import { parseMountinfo } from '../../../src/sys/mountinfo.ts';

const mounts = parseMountinfo(`1 0 0:1 / / rw - tmpfs toolbox rw
2 1 8:1 / /sysroot rw - ext4 /dev/sda1 rw
3 2 8:2 / /sysroot/var rw - ext4 /dev/sda2 rw
4 1 0:4 / /over rw - tmpfs a rw
5 4 0:5 / /over rw - tmpfs b rw
6 1 0:6 / /with\\040blank rw - tmpfs c rw
`);
const idOf = (path: string) => mountOf(path, mounts)?.id;

describe('mountOf()', () => {
  test('takes the deepest mount point above', () => {
    expect([idOf('/bin/sh'), idOf('/sysroot'), idOf('/sysroot/usr/bin/x'), idOf('/sysroot/var/log')]).toEqual([1, 2, 2, 3]);
  });
  test('goes by whole names', () => {
    expect([idOf('/sysroot2/x'), idOf('/sysroot/various')]).toEqual([1, 2]);
  });
  test('takes the mount that hides the others', () => {
    expect(idOf('/over/x')).toBe(5);
  });
  test('knows blanks', () => {
    expect(idOf('/with blank/x')).toBe(6);
  });
  test('is undefined for what is no path', () => {
    expect([idOf('pipe:[123]'), idOf('(unreachable)/bin/x'), idOf('')]).toEqual([undefined, undefined, undefined]);
  });
});
