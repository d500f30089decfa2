import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAlive, parseCmdline, parseStat } from '../../../src/sys/processes.ts';

const line = (comm: string, { state = 'S', flags = 4194560 } = {}) =>
  `42 (${comm}) ${state} 7 42 42 0 -1 ${flags} 100 0 0 0 1 2 0 0 20 0 1 0 98765 1000 200 18446744073709551615 1 1 0\n`;

describe('parseStat()', () => {
  test('reads pid, name, parent and start', () => {
    expect(parseStat(line('cron'))).toEqual({ pid: 42, comm: 'cron', state: 'S', ppid: 7, startTicks: 98765, kernelThread: false });
  });
  test('takes any name: blanks, parentheses, newlines', () => {
    fc.assert(fc.property(fc.string({ maxLength: 15 }), (comm) => parseStat(line(comm))?.comm === comm));
    expect(parseStat(line('a) S 1 (b'))).toMatchObject({ comm: 'a) S 1 (b', ppid: 7 });
  });
  test('knows kernel threads by their flag', () => {
    expect(parseStat(line('kworker/0:1', { flags: 69238880 }))?.kernelThread).toBe(true);
  });
  test('is undefined for what is no stat line', () => {
    for (const text of ['', '42', '42 (cron', '42 (cron) S 1']) expect(parseStat(text)).toBeUndefined();
  });
  test('isAlive() does not count zombies', () => {
    const stat = parseStat(line('x', { state: 'Z' }));
    expect(stat !== undefined && isAlive(stat)).toBe(false);
  });
});

describe('parseCmdline()', () => {
  test('splits at zero bytes and keeps empty arguments in the middle', () => {
    expect(parseCmdline('sh\0-c\0\0echo hi\0')).toEqual(['sh', '-c', '', 'echo hi']);
  });
  test('is empty for kernel threads, and takes a title padded with zeros', () => {
    expect(parseCmdline('')).toEqual([]);
    expect(parseCmdline('sshd: /usr/sbin/sshd -D [listener]\0\0\0\0')).toEqual(['sshd: /usr/sbin/sshd -D [listener]']);
  });
});
