import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { memoryScript, parseMemoryHeld } from '../../../vm/bench/memory-held.ts';

const text = `device 0:25
tmpfs 102400
process 1 init
Pss_Anon:            1024 kB
Pss_File:               0 kB
00400000-00500000 r-xp 00000000 00:19 12 /run/lifeboot/bin/busybox
Pss:                  900 kB
process 200 /run/lifeboot/bin/node /run/lifeboot/lib/lifeboot/agent.mjs boot
Pss_Anon:           20480 kB
Pss_File:            1024 kB
00400000-00500000 r-xp 00000000 00:19 13 /run/lifeboot/bin/node
Pss:                50000 kB
7f00-7f10 rw-s 00000000 00:01 14 /memfd:v8 (deleted)
Pss:                 2048 kB
7f20-7f30 rw-p 00000000 00:00 0
Pss:                 4096 kB
7f40-7f50 rw-p 00000000 08:01 99 /usr/lib/libc.so.6
Pss:                 1024 kB
`;

test('parseMemoryHeld() counts no page of the tmpfs twice', () => {
  const held = parseMemoryHeld(text);
  expect(held.tmpfsMiB).toBe(100);
  expect(held.processesMiB).toBe(1 + 20 + 1 + 2);
  expect(held.totalMiB).toBe(124);
  expect(held.processes).toEqual(['1 init: 1.0 MiB', '200 node boot: 23.0 MiB']);
});

test('parseMemoryHeld() refuses an output without figures', () => {
  expect(() => parseMemoryHeld('device 0:25\nsh: df: not found\n')).toThrow(/did not say what memory it holds/);
});

test('memoryScript is sh', () => {
  execFileSync('sh', ['-n'], { input: memoryScript });
});
