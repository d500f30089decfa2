import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultOfRecording, judgeOwnFiles } from '../../../vm/soak/own-files.ts';
import { planCuts } from '../../../vm/soak/plan-cuts.ts';

test('planCuts() has the same moments for the same seed, and shares from 0 up to 1', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(), (count, seed) => {
      const cuts = planCuts(count, seed);
      expect(cuts).toEqual(planCuts(count, seed));
      expect(cuts).toHaveLength(count);
      expect(cuts.every(({ share }) => share >= 0 && share < 1)).toBe(true);
    }),
  );
});

test('planCuts() hits every moment, the boot most', () => {
  const count = (moment: string) => planCuts(1000, 7).filter((cut) => cut.moment === moment).length;
  expect(count('boot')).toBeGreaterThan(count('steady'));
  expect(count('steady')).toBeGreaterThan(count('shutdown'));
  expect(count('shutdown')).toBeGreaterThan(100);
});

test.for([
  ['{"version":2}\n[0.1,"o","x"]\n', undefined],
  ['{"version":2}\n', undefined],
  ['', 'it is empty'],
  ['{"version":2}\n[0.1,"o"', 'its last line is cut off'],
  ['{"version":1}\n', 'line 1 is none of a recording: "{\\"version\\":1}"'],
  ['{"version":2}\n\0\0\0\n', 'line 2 is none of a recording: "\\u0000\\u0000\\u0000"'],
  ['{"version":2}\nnull\n', 'line 2 is none of a recording: "null"'],
] as const)('faultOfRecording() sees what a power cut would leave: %j', ([text, fault]) => {
  expect(faultOfRecording(text)).toBe(fault ?? undefined);
});

test('judgeOwnFiles() tells whole files from torn ones: host key, recordings, state and the record of a repair', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboot-own-files-'));
  const put = (name: string, bytes: string | Buffer) => writeFileSync(join(directory, name), bytes);
  const key = join(directory, 'etc/lifeboot/ssh_host_ed25519_key');
  try {
    mkdirSync(join(directory, 'etc/lifeboot'), { recursive: true });
    mkdirSync(join(directory, 'log/lifeboot/sessions'), { recursive: true });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    put('log/lifeboot/sessions/a.cast', '{"version":2}\n');
    put('log/lifeboot/sessions/.b.cast.x', '{"vers');
    put('log/lifeboot/undo.json', '{"version":1}');
    put('log/lifeboot/state.json', '{}');
    expect(await judgeOwnFiles(directory)).toMatchObject({
      faults: [],
      recordings: 1,
      leftovers: 1,
      hostKey: expect.stringContaining('OPENSSH'),
    });
    put('etc/lifeboot/ssh_host_ed25519_key', readFileSync(key).subarray(0, 100));
    put('log/lifeboot/sessions/a.cast', '{"version":2}\n[0.1,"o');
    put('log/lifeboot/undo.json', '{"version":');
    put('log/lifeboot/state.json', '');
    const { faults } = await judgeOwnFiles(directory);
    expect(faults.map((fault) => fault.replace(/:.*/, '')).sort()).toEqual([
      'log/lifeboot/sessions/a.cast',
      'log/lifeboot/state.json is torn',
      'log/lifeboot/undo.json is torn',
      'the host key is torn',
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
