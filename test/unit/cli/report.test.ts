import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collect } from '../../../src/cli/report/collect.ts';
import { planManifest } from '../../../src/cli/report/report.ts';
import { planReport } from '../../../src/cli/report/report-plan.ts';
import { makeTar } from '../../../src/cli/report/tar.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

test('planReport() names each entry once, within what a tar archive can hold', () => {
  const plan = planReport({
    scripts: ['cron.start', 'ssh.start'],
    runs: ['ended', 'cron.start.snapshot'],
    disks: ['sda', 'loop0', 'nvme0n1'],
  });
  const files = plan.map(({ file }) => file);
  expect(new Set(files).size).toBe(files.length);
  expect(files).toEqual(
    expect.arrayContaining([
      'lifeboot/events.ndjson',
      'lifeboot/scripts/cron.start',
      'lifeboot/scripts/cron.start.snapshot',
      'disks/smart-nvme0n1.txt',
    ]),
  );
  expect(files).not.toContain('disks/smart-loop0.txt');
  expect(plan.filter(({ argv }) => /shadow|ssh_host|environ|sessions/.test(argv.join(' ')))).toEqual([]);
});

test('collect() says what could not be read, leaves away what is not there, and waits for no dead disk', async () => {
  const sys = new FakeSys()
    .answer('sh tail -c 9 /events', { code: 0, stdout: 'token=SECRET' })
    .answer('sh tail -c 9 /none', { code: 1, stderr: "tail: can't open '/none': No such file or directory" })
    .answer('sh smartctl', { code: 127, stderr: 'sh: smartctl: not found' })
    .answer('sh lsblk', { takesMs: Number.POSITIVE_INFINITY })
    .answer('sh blkid', { code: 2, stderr: 'blkid: error password=SECRET' });
  const plan = [
    { file: 'events', argv: ['tail', '-c', '9', '/events'] },
    { file: 'none', argv: ['tail', '-c', '9', '/none'], optional: true },
    { file: 'smart', argv: ['smartctl'], optional: true },
    { file: 'lsblk', argv: ['lsblk'] },
    { file: 'blkid', argv: ['blkid'] },
  ];
  const all = await collect(sys, plan, { shell: ['sh'], deadlineMs: 10_000 });
  expect(all.map(({ file, text, cut, leftOut, fault }) => [file, text, cut, leftOut, fault])).toEqual([
    ['events', 'token=[left out]', true, 1, undefined],
    ['lsblk', '', false, 0, 'gave no answer within 10 s'],
    ['blkid', '', false, 0, 'exit 2: blkid: error password=[left out]'],
  ]);
  const manifest = planManifest(all, [], new Date(0));
  expect(manifest).toMatchObject({
    files: [{ file: 'events', secretsLeftOut: 1, cut: 'only the end of it is here' }],
    notRead: [{ file: 'lsblk' }, { file: 'blkid', why: 'exit 2: blkid: error password=[left out]' }],
  });
});

test('makeTar() is what tar reads', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboot-tar-'));
  try {
    const entries = ['', 'x', 'x'.repeat(512), 'ü'.repeat(700)].map((text, index) => ({
      name: `r/file${index}`,
      content: Buffer.from(text),
    }));
    writeFileSync(join(directory, 'r.tar'), makeTar(entries, new Date(86_400_000)));
    const listing = execFileSync('tar', ['-tvf', join(directory, 'r.tar'), '--utc'], { encoding: 'utf8' });
    expect(listing.trim().split('\n')).toHaveLength(4);
    expect(listing).toMatch(/^-rw------- root\/root +0 1970-01-02 00:00 r\/file0$/m);
    for (const { name, content } of entries) expect(execFileSync('tar', ['-xOf', join(directory, 'r.tar'), name])).toEqual(content);
  } finally {
    rmSync(directory, { recursive: true });
  }
  expect(() => makeTar([{ name: 'x'.repeat(101), content: Buffer.alloc(0) }], new Date())).toThrow(RangeError);
});
