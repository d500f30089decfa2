import { describe, expect, test } from 'vitest';
import { machineRoom, parseLoad } from '../../../src/init/machine-room.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const stat = (running: number, blocked = 0): string =>
  `cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nintr 5 0\nctxt 6\nprocesses 7\nprocs_running ${running}\nprocs_blocked ${blocked}\nsoftirq 8\n`;

test('parseLoad() counts processors and who waits for one or for a disk, but not us', () => {
  expect(parseLoad(stat(4, 2))).toEqual({ processors: 2, waiting: 5 });
  expect(parseLoad('')).toBeUndefined();
});

describe('machineRoom()', () => {
  test('has room for sixteen scripts a processor whatever the load', async () => {
    const room = machineRoom(new FakeSys().file('/proc/stat', stat(99, 99)));
    expect([await room.isFree(1), await room.isFree(31), await room.isFree(32)]).toEqual([true, true, false]);
  });

  test('has room for more, one after another, while the machine is not busy', async () => {
    const sys = new FakeSys().file('/proc/stat', stat(8));
    const room = machineRoom(sys);
    expect([await room.isFree(50), await room.isFree(51)]).toEqual([true, false]);
    await room.pause?.();
    expect(await room.isFree(51)).toBe(true);
    await room.pause?.();
    sys.file('/proc/stat', stat(1, 8));
    expect(await room.isFree(52)).toBe(false);
  });

  test('has room for all where the load cannot be known', async () => {
    const room = machineRoom(new FakeSys());
    expect([await room.isFree(50), await room.isFree(51)]).toEqual([true, true]);
  });
});
