/** A root of its own in namespaces of this machine: its programs, a case's files, and nothing that outlives it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

export interface Ended {
  readonly code: number;
  /** Both outputs as they came. */
  readonly output: string;
}

export interface NativeRoot extends AsyncDisposable {
  /** `/etc/init.d/SCRIPT start`, as it is at boot. */
  start(script: string): Promise<Ended>;
  sh(command: string): Promise<Ended>;
  /** Runs sh until it succeeds or the time is over; the last try. */
  eventually(command: string, forMs: number): Promise<Ended>;
  /** From now on whoever runs this program stops as it enters it. */
  hold(program: string): Promise<Held>;
}

export interface Held {
  /** Somebody has entered it; who comes later is not held. */
  reached(): Promise<void>;
  release(): Promise<void>;
}

const STEP_TIMEOUT_MS = 30_000;
const POLL_MS = 20;
const PATH = '/sbin:/usr/sbin:/bin:/usr/bin';

/** What Debian has after its early tiers, as far as the cases see it. */
const BUILD = `
mount -t tmpfs -o mode=755 root "$R"
cd "$R"
mkdir -p usr etc/init.d etc/default run var/lib var/log var/spool var/cache proc sys dev opt srv mnt root home hold/usr
mkdir -m 1777 tmp
for link in bin sbin lib lib32 lib64; do [ ! -e /usr/$link ] || ln -s usr/$link $link; done
mount --bind /usr usr
mount -o remount,bind,ro usr
mount -t tmpfs -o mode=755 local usr/local
mkdir -p usr/local/bin usr/local/sbin
mount --bind /usr hold/usr
for each in alternatives ld.so.cache ld.so.conf ld.so.conf.d nsswitch.conf protocols services; do [ ! -e /etc/$each ] || cp -a /etc/$each etc/; done
echo root:x:0:0::/root:/bin/sh >etc/passwd
echo root:x:0: >etc/group
echo 127.0.0.1 localhost >etc/hosts
mount -t tmpfs -o mode=755 run run
mkdir run/mount
mkdir -m 1777 run/lock
ln -s /run var/run
ln -s /run/lock var/lock
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 dev dev
mkdir -m 1777 dev/shm
mknod -m 666 dev/null c 1 3; mknod -m 666 dev/zero c 1 5; mknod -m 666 dev/random c 1 8; mknod -m 666 dev/urandom c 1 9
ln -s /proc/self/fd dev/fd
(
cd "$CASE/root"
find . -type f -perm -u+x -exec install -D -m 755 {} "$R/{}" ';'
find . -type f ! -perm -u+x -exec install -D -m 644 {} "$R/{}" ';'
)
hostname unnamed
ip link set lo up
`;

/** Reaps and is still: nothing but the scripts takes pids. */
const INIT = `$SIG{CHLD} = "IGNORE"; $| = 1; print "ready\\n"; sleep 1000 while 1`;

/** Lays `DIRECTORY/root` over a fresh root, and each file of `DIRECTORY/native` over the program of its name. Needs root. */
export async function startNativeRoot(directory: string): Promise<NativeRoot> {
  const root = mkdtempSync(join(tmpdir(), 'race-case-'));
  const natives = filesBelow(join(directory, 'native'));
  const overlay = natives.map((file) => `mount --bind "$CASE/native/${file}" "${file}"`);
  const script = [BUILD, ...overlay, `exec chroot "$R" /usr/bin/perl -e '${INIT}'`].join('\n');
  const argv = ['--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--kill-child', '--propagation', 'private', 'sh', '-ec', script];
  const env = { ...process.env, R: root, CASE: directory };
  const holder = spawn('unshare', argv, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const end = async () => {
    await endProcess(holder);
    rmSync(root, { recursive: true, force: true });
  };
  const early = once(holder, 'exit').then(() => 'ended');
  if ((await Promise.race([once(holder.stdout, 'data').then(() => 'ready'), early])) === 'ended') {
    await end();
    throw new Error(`${directory}: its namespaces did not start`);
  }
  const { stdout } = await execa('cat', [`/proc/${holder.pid}/task/${holder.pid}/children`]);
  return nativeRoot(stdout.trim(), end);
}

function nativeRoot(init: string, end: () => Promise<void>): NativeRoot {
  const enter = ['-t', init, '-m', '-p', '-n', '-u', '-i', '-r', '-w'];
  const inside = `/proc/${init}/root`;
  let runs = 0;
  const run = async (argv: readonly string[]): Promise<Ended> => {
    // A file, as lifeboot gives it to a script: daemons keep it open.
    const file = `/hold/output-${runs++}`;
    const whole = [...enter, '/bin/sh', '-c', `exec "$@" >${file} 2>&1`, 'sh', ...argv];
    const child = spawn('nsenter', whole, { env: { PATH, HOME: '/', TERM: 'linux' }, stdio: ['ignore', 'ignore', 'inherit'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), STEP_TIMEOUT_MS);
    const [code] = await once(child, 'exit');
    clearTimeout(timer);
    return { code: code ?? -1, output: readFileSync(`${inside}${file}`, 'utf8') };
  };
  const sh = (command: string) => run(['/bin/sh', '-c', command]);
  return {
    start: (script) => run([`/etc/init.d/${script}`, 'start']),
    sh,
    async eventually(command, forMs) {
      const until = performance.now() + forMs;
      for (;;) {
        const last = await sh(command);
        if (last.code === 0 || performance.now() > until) return last;
        await sleep(POLL_MS);
      }
    },
    async hold(program) {
      const wait = 'until [ -e /hold/go ]; do /hold/usr/bin/sleep 0.02; done';
      const text = `#!/bin/sh\\n: >/hold/reached\\n${wait}\\nexec /hold/usr/bin/${program} "$@"\\n`;
      await must(
        sh(
          `rm -f /hold/go /hold/reached; printf '${text}' >/hold/${program}; chmod 755 /hold/${program}; mount --bind /hold/${program} /usr/bin/${program}`,
        ),
      );
      return {
        async reached() {
          const until = performance.now() + STEP_TIMEOUT_MS;
          while (!existsSync(`${inside}/hold/reached`)) {
            if (performance.now() > until) throw new Error(`nobody ran ${program}`);
            await sleep(POLL_MS);
          }
          await must(sh(`umount -l /usr/bin/${program}`));
        },
        release: () => must(sh(': >/hold/go')),
      };
    },
    [Symbol.asyncDispose]: end,
  };
}

async function must(step: Promise<Ended>): Promise<void> {
  const { code, output } = await step;
  if (code !== 0) throw new Error(output);
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function filesBelow(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}
