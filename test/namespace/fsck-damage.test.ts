import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildLabToolbox, type RootLab, startRootLab } from './root-lab.ts';

let toolbox = '';
beforeAll(async () => {
  toolbox = await buildLabToolbox();
});
afterAll(() => rmSync(toolbox, { recursive: true, force: true }));

const debugfs = (image: string, commands: readonly string[]) =>
  execFileSync('debugfs', ['-w', '-f', '-', image], { input: `${commands.join('\n')}\n`, stdio: ['pipe', 'ignore', 'ignore'] });
const options = (lab: RootLab, more = {}) => ({
  root: { source: lab.device, fsType: 'ext4', mode: 'root' },
  mode: 'auto',
  repair: 'preen',
  silenceMs: 60_000,
  undoDirectory: '/run/lifeboot/undo',
  ...more,
});

/** A wrong link count and a superblock that admits errors: e2fsck -p sets both right. */
const preenable = (image: string) => void debugfs(image, ['sif /srv/docs/file1 links_count 7', 'ssv state 2']);
/** A directory whose mode says it is a file: e2fsck -p refuses. */
const needsHuman = (image: string) =>
  void debugfs(image, ['sif /srv/docs mode 0100644', 'sif /srv/docs/file1 links_count 7', 'ssv state 2']);

test('checkRoot() passes a clean root, and checks it in full when forced', async () => {
  await using lab = await startRootLab(toolbox);
  lab.phase('releaseRoot');
  expect(lab.phase('checkRoot', options(lab))).toEqual({ kind: 'done', detail: 'clean' });
  expect(lab.phase('checkRoot', options(lab, { mode: 'force' }))).toMatchObject({ kind: 'done' });
  expect(lab.sh('/run/lifeboot/bin/busybox grep -c "^# e2fsck" /run/lifeboot/fsck.log')).toBe('2');
});

test('checkRoot() corrects what preen can correct, and the boot goes on in the same kernel', async () => {
  await using lab = await startRootLab(toolbox, { damage: preenable });
  lab.phase('releaseRoot');
  expect(lab.verify('verifyChecked', options(lab))).toContain('still finds errors');
  expect(lab.phase('checkRoot', options(lab))).toMatchObject({ kind: 'done', detail: expect.stringMatching(/^errors corrected, exit 1/) });
  expect(lab.verify('verifyChecked', options(lab))).toBeUndefined();
  expect(lab.sh('/run/lifeboot/bin/busybox cat /run/lifeboot/fsck.log')).toContain('FIXED');
});

test('checkRoot() holds with the words of e2fsck when a human is needed, and passes after e2fsck -y', async () => {
  await using lab = await startRootLab(toolbox, { damage: needsHuman });
  lab.phase('releaseRoot');
  const result = lab.phase('checkRoot', options(lab));
  expect(result).toMatchObject({
    kind: 'held',
    reason: expect.stringMatching(/errors were left uncorrected \(exit [45]\); \d+ findings: /),
  });
  expect(result.kind === 'held' && result.evidence.join('\n')).toContain('RUN fsck MANUALLY');
  expect(result).toMatchObject({
    advice: [
      { command: `e2fsck -n ${lab.device}` },
      { command: `lifeboot fsck repair ${lab.device}` },
      { command: `e2fsck -y ${lab.device}` },
    ],
  });
  expect(lab.verify('verifyChecked', options(lab))).toContain('still finds errors');
  lab.sh(`/run/lifeboot/bin/e2fsck -y ${lab.device}`);
  expect(lab.verify('verifyChecked', options(lab))).toBeUndefined();
  expect(lab.phase('checkRoot', options(lab))).toEqual({ kind: 'done', detail: 'clean' });
});

test('checkRoot() replays the journal of a root that lost power while it was written', async () => {
  await using donor = await startRootLab(toolbox);
  donor.phase('releaseRoot');
  donor.phase('mountRoot', { root: options(donor).root, lastCheck: 'passed' });
  donor.sh(
    'b=/run/lifeboot/bin/busybox; for i in 1 2 3 4 5 6 7 8 9; do echo $i > /sysroot/srv/new$i; $b mkdir /sysroot/srv/dir$i; done; $b rm /sysroot/srv/docs/file3; $b sync',
  );
  await using lab = await startRootLab(toolbox);
  lab.phase('releaseRoot');
  // The disk as it is at this moment, while it is mounted and written elsewhere: what a power cut leaves.
  execFileSync('dd', [`if=${donor.device}`, `of=${lab.device}`, 'bs=1M', 'conv=fsync', 'status=none']);
  expect(lab.phase('checkRoot', options(lab))).toMatchObject({ kind: 'done', detail: expect.stringContaining('journal replayed') });
  lab.phase('mountRoot', { root: options(lab).root, lastCheck: 'passed' });
  expect(lab.sh('/run/lifeboot/bin/busybox cat /sysroot/srv/new9')).toBe('9');
});

test('checkRoot() only looks when repairs are not wanted', async () => {
  await using lab = await startRootLab(toolbox, { damage: preenable });
  lab.phase('releaseRoot');
  expect(lab.phase('checkRoot', options(lab, { repair: 'no' }))).toMatchObject({
    kind: 'held',
    reason: expect.stringContaining('left uncorrected'),
  });
  expect(lab.phase('checkRoot', options(lab))).toMatchObject({ kind: 'done', detail: expect.stringContaining('corrected') });
});

test('checkRoot() honours the stamp of the initramfs', async () => {
  await using lab = await startRootLab(toolbox, { damage: preenable });
  lab.phase('releaseRoot');
  lab.sh('/run/lifeboot/bin/busybox mkdir /run/initramfs; : > /run/initramfs/fsck-root');
  expect(lab.phase('checkRoot', options(lab))).toEqual({ kind: 'done', detail: 'checked by the initramfs' });
  expect(lab.phase('checkRoot', options(lab, { mode: 'force' }))).toMatchObject({
    kind: 'done',
    detail: expect.stringContaining('corrected'),
  });
});

test('checkRoot() asks blkid for a type that stage 1 did not know', async () => {
  await using lab = await startRootLab(toolbox);
  lab.phase('releaseRoot');
  expect(lab.phase('checkRoot', options(lab, { root: { source: lab.device, mode: 'initramfs' } }))).toMatchObject({ detail: 'clean' });
});
