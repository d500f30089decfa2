import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildLabToolbox, type RootLab, startRootLab } from './root-lab.ts';

let toolbox = '';
beforeAll(async () => {
  toolbox = await buildLabToolbox();
});
afterAll(() => rmSync(toolbox, { recursive: true, force: true }));

const root = (lab: RootLab) => ({ source: lab.device, fsType: 'ext4', mode: 'root' });
const checkOptions = (lab: RootLab) => ({ root: root(lab), mode: 'auto', repair: 'preen', timeoutMs: 60_000 });
const mountOptions = (lab: RootLab) => ({ root: root(lab), lastCheck: 'passed' });
const places = (lab: RootLab) => lab.mounts().map((mount) => mount.mountPoint);
const own = (lab: RootLab) =>
  places(lab)
    .filter((path) => !/^\/(sys|dev|proc)\//.test(path))
    .sort();

/** The up half of the boot: from the root as stage 1 leaves it to the root as `/`. */
function bringUp(lab: RootLab): void {
  expect(lab.phase('releaseRoot')).toEqual({ kind: 'done' });
  expect(lab.phase('checkRoot', checkOptions(lab))).toMatchObject({ kind: 'done' });
  expect(lab.phase('mountRoot', mountOptions(lab))).toMatchObject({ kind: 'done' });
  expect(lab.phase('enterRoot')).toMatchObject({ kind: 'done', detail: `${lab.device} is the root` });
}

const fsckOf = (image: string) => spawnSync('e2fsck', ['-f', '-n', image], { encoding: 'utf8' }).status;
const contentOf = (image: string, path: string) =>
  execFileSync('debugfs', ['-R', `cat ${path}`, image], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

test('root phases: there and back, with sessions that stay and a root that is clean afterwards', async () => {
  await using lab = await startRootLab(toolbox);
  const inHome = lab.session();
  const inToolbox = lab.session();
  expect(await inHome.say('pwd')).toBe('/');
  expect(await inToolbox.say('cd /run/lifeboot/root && echo mine > note && pwd')).toBe('/run/lifeboot/root');
  expect(lab.verify('verifyReleased')).toBe('still mounted: /sysroot');

  bringUp(lab);
  expect(own(lab)).toEqual(['/', '/dev', '/proc', '/run', '/run/lifeboot', '/run/lifeboot', '/sys']);
  expect(await inHome.say('/run/lifeboot/bin/busybox ls -d bin srv etc | /run/lifeboot/bin/busybox tr "\\n" " "; echo')).toBe(
    'bin etc srv ',
  );
  expect(await inToolbox.say('/run/lifeboot/bin/busybox cat note')).toBe('mine');
  expect(lab.sh('/bin/busybox cat /run/lifeboot/root/note; echo written > /srv/new')).toBe('mine');
  expect(lab.verify('verifyEntered')).toBeUndefined();

  expect(lab.phase('leaveRoot')).toEqual({ kind: 'done' });
  expect(lab.verify('verifyLeft')).toBeUndefined();
  expect(own(lab)).toEqual(['/', '/dev', '/proc', '/run', '/run/lifeboot', '/sys']);
  expect(await inToolbox.say('/run/lifeboot/bin/busybox cat note')).toBe('mine');
  expect(await inHome.say('/run/lifeboot/bin/busybox cat /stage1 | /run/lifeboot/bin/busybox head -1')).toBe(`root_source=${lab.device}`);
  expect(fsckOf(lab.image)).toBe(0);
  expect(contentOf(lab.image, '/srv/new')).toBe('written\n');

  bringUp(lab);
  expect(lab.sh('/bin/busybox cat /srv/new')).toBe('written');
});

test('enterRoot() and leaveRoot() keep /run/lifeboot/bin/busybox within reach at every moment', async () => {
  await using lab = await startRootLab(toolbox);
  const prober = lab.session();
  const probed = prober.say(
    'n=0; misses=0; while [ ! -e /run/lifeboot/stop ]; do n=$((n + 1)); /run/lifeboot/bin/busybox true || misses=$((misses + 1)); done; echo "$misses missed of $n"',
  );
  bringUp(lab);
  // A child is forked in the moment of a pivot once in about twenty.
  for (let i = 0; i < 40; i += 1) {
    expect(lab.phase('leaveRoot')).toEqual({ kind: 'done' });
    bringUp(lab);
  }
  expect(own(lab)).toHaveLength(7);
  lab.sh(': > /run/lifeboot/stop');
  expect(await probed).toMatch(/^0 missed of \d{4,}$/);
}, 120_000);

test('enterRoot() takes along a process that stayed in the toolbox when the root was entered', async () => {
  await using lab = await startRootLab(toolbox);
  for (const [step, options] of [
    ['releaseRoot', {}],
    ['checkRoot', checkOptions(lab)],
    ['mountRoot', mountOptions(lab)],
  ] as const)
    expect(lab.phase(step, options)).toMatchObject({ kind: 'done' });
  // Dead between pivot_root and the detaching of what the toolbox needed.
  let at = 1;
  while (lab.dies(at, 'enterRoot') && lab.verify('verifyEntered') !== undefined) at += 1;
  const stayed = lab.session();
  expect(
    await stayed.say('exec /run/lifeboot/bin/busybox chroot /run/lifeboot /bin/busybox sh -c "echo stays; exec /bin/busybox sh"'),
  ).toBe('stays');
  expect(await stayed.say('[ -e /sysroot ] && echo toolbox')).toBe('toolbox');
  expect(lab.phase('enterRoot')).toMatchObject({ kind: 'done' });
  expect(await stayed.say('/run/lifeboot/bin/busybox ls -d /srv')).toBe('/srv');
});

test('leaveRoot() takes along a process that stayed in the root when it was left', async () => {
  await using lab = await startRootLab(toolbox);
  bringUp(lab);
  // Dead between pivot_root and the detaching of what the root needed.
  let at = 1;
  while (lab.dies(at, 'leaveRoot') && lab.mounts().every(({ mountPoint }) => mountPoint !== '/sysroot')) at += 1;
  const stayed = lab.session();
  expect(await stayed.say('b=/run/lifeboot/bin/busybox; exec $b chroot /sysroot $b sh -c "echo stays; exec $b sh"')).toBe('stays');
  expect(await stayed.say('[ -e /srv/docs ] && echo root')).toBe('root');
  expect(lab.phase('leaveRoot')).toEqual({ kind: 'done' });
  expect(await stayed.say('/run/lifeboot/bin/busybox head -1 /stage1')).toBe(`root_source=${lab.device}`);
});

test.each(['releaseRoot', 'mountRoot', 'enterRoot', 'leaveRoot'])(
  '%s() killed before any of its programs is completed by the next agent',
  async (name) => {
    await using lab = await startRootLab(toolbox);
    const steps = ['releaseRoot', 'checkRoot', 'mountRoot', 'enterRoot', 'leaveRoot'];
    const optionsOf = (step: string) => (step === 'checkRoot' ? checkOptions(lab) : step === 'mountRoot' ? mountOptions(lab) : {});
    let crashes = 0;
    for (let at = 1; ; at += 1) {
      let died = false;
      for (const step of steps) {
        if (step === name) died = lab.dies(at, name, optionsOf(name));
        if (step !== name || died) expect(lab.phase(step, optionsOf(step))).toMatchObject({ kind: 'done' });
      }
      expect(own(lab)).toEqual(['/', '/dev', '/proc', '/run', '/run/lifeboot', '/sys']);
      expect(fsckOf(lab.image)).toBe(0);
      if (!died) break;
      crashes += 1;
      lab.sh(`/run/lifeboot/bin/busybox mount -o ro ${lab.device} /sysroot`);
    }
    expect(crashes).toBeGreaterThan(0);
  },
  240_000,
);

test('releaseRoot() unmounts what is nested, stacked and hidden below the old root', async () => {
  await using lab = await startRootLab(toolbox);
  const script = `b=/run/lifeboot/bin/busybox; $b mount -t proc proc /sysroot/proc; $b mount -t proc proc /sysroot/proc; $b mount -t tmpfs x /sysroot/srv/docs
    $b mount -t tmpfs y /sysroot/srv; $b mkdir "/sysroot/srv/a b"; $b mount -t tmpfs z "/sysroot/srv/a b"`;
  lab.sh(script);
  expect(places(lab).filter((path) => path.startsWith('/sysroot/'))).toHaveLength(5);
  expect(lab.phase('releaseRoot')).toEqual({ kind: 'done' });
  expect(places(lab).filter((path) => path.startsWith('/sysroot'))).toEqual([]);
});

test('releaseRoot() names each holder, and goes on when they are gone', async () => {
  await using lab = await startRootLab(toolbox);
  const session = lab.session();
  const pid = await session.say('cd /sysroot/root; echo $$');
  const opened = lab.session();
  const opener = await opened.say('exec 5</sysroot/etc/fstab; echo $$');
  const busy = lab.phase('releaseRoot', { deadlineMs: 500 });
  expect(busy).toMatchObject({ kind: 'held', reason: 'cannot release the root: /sysroot is busy' });
  const evidence = busy.kind === 'held' ? busy.evidence.join('\n') : '';
  expect(evidence).toContain(`pid ${pid} (busybox) holds /sysroot through cwd`);
  expect(evidence).toContain(`pid ${opener} (busybox) holds /sysroot through fd 5 /sysroot/etc/fstab`);
  expect(busy).toMatchObject({ advice: expect.arrayContaining([expect.objectContaining({ command: `kill ${pid}` })]) });
  await session.end();
  await opened.end();
  expect(lab.phase('releaseRoot')).toMatchObject({ kind: 'done' });
});

test('checkRoot() and mountRoot() refuse a root that is mounted, and one whose check left errors', async () => {
  await using lab = await startRootLab(toolbox);
  expect(lab.phase('checkRoot', checkOptions(lab))).toMatchObject({
    kind: 'held',
    reason: `${lab.device} is mounted on /sysroot: a mounted filesystem is never checked`,
  });
  lab.phase('releaseRoot');
  expect(lab.phase('mountRoot', { ...mountOptions(lab), lastCheck: 'left-errors' })).toMatchObject({ kind: 'held' });
  expect(lab.verify('verifyMounted')).toBe('nothing is mounted at /sysroot');
});

test('mountRoot() takes the options of the fstab, without those that are not for the kernel', async () => {
  await using lab = await startRootLab(toolbox);
  lab.phase('releaseRoot');
  lab.phase('mountRoot', mountOptions(lab));
  expect(lab.mounts().find((mount) => mount.mountPoint === '/sysroot')?.superOptions).toContain('errors=remount-ro');
});

test('mountRoot() holds with the words of mount and kernel when there is no filesystem', async () => {
  await using lab = await startRootLab(toolbox);
  lab.phase('releaseRoot');
  execFileSync('dd', ['if=/dev/zero', `of=${lab.device}`, 'bs=1M', 'count=2', 'status=none']);
  const result = lab.phase('mountRoot', mountOptions(lab));
  expect(result).toMatchObject({
    kind: 'held',
    reason: expect.stringContaining(`cannot mount ${lab.device}: mount: mounting ${lab.device} on /sysroot failed`),
  });
});

test('enterRoot() makes missing mount points, and holds where something else is in the way', async () => {
  await using lab = await startRootLab(toolbox, {
    prepare: (directory) => execFileSync('sh', ['-c', 'rmdir "$0/proc" "$0/run" "$0/sys"; ln -s /tmp "$0/run"; : > "$0/sys"', directory]),
  });
  lab.phase('releaseRoot');
  lab.phase('mountRoot', mountOptions(lab));
  expect(lab.phase('enterRoot')).toEqual({
    kind: 'held',
    reason: 'cannot enter the root: it lacks mount points',
    evidence: ['/sysroot/run is a symlink to /tmp, not a directory', '/sysroot/sys is a file, not a directory'],
    advice: [
      { command: 'mv /sysroot/run /sysroot/run.was && mkdir /sysroot/run', does: 'makes the mount point' },
      { command: 'mv /sysroot/sys /sysroot/sys.was && mkdir /sysroot/sys', does: 'makes the mount point' },
    ],
  });
  lab.sh('b=/run/lifeboot/bin/busybox; for d in run sys; do $b mv /sysroot/$d /sysroot/$d.was && $b mkdir /sysroot/$d; done');
  expect(lab.phase('enterRoot')).toMatchObject({ kind: 'done' });
});

test('enterRoot() and leaveRoot() make shared mounts private first', async () => {
  await using lab = await startRootLab(toolbox);
  lab.phase('releaseRoot');
  lab.phase('mountRoot', mountOptions(lab));
  lab.sh('/run/lifeboot/bin/busybox mount --make-rshared /');
  expect(lab.phase('enterRoot')).toMatchObject({ kind: 'done' });
  lab.sh('/run/lifeboot/bin/busybox mount --make-rshared /');
  expect(lab.phase('leaveRoot')).toEqual({ kind: 'done' });
});
