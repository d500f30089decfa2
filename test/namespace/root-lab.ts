/** A machine as stage 1 leaves it, in namespaces: a tmpfs toolbox is `/`, a loop-mounted ext4 root lies read-only at `/sysroot`. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { rolldown } from 'rolldown';
import { type Mount, parseMountinfo } from '../../src/sys/mountinfo.ts';
import type { PhaseResult } from '../../src/sys/phase-result.ts';

const DEADLINE_MS = 60_000;
const loader = '/run/lifeboot/lib64/ld-linux-x86-64.so.2';

export interface LabOptions {
  /** Changes the unmounted image: damage it with debugfs. */
  readonly damage?: (image: string) => void;
  /** Changes the root directory before the image is made of it. */
  readonly prepare?: (root: string) => void;
}

export interface RootLab extends AsyncDisposable {
  readonly image: string;
  /** The loop device of the root. */
  readonly device: string;
  /** Runs one phase in an agent of its own. Rejects when the agent dies. */
  phase(name: string, options?: object): PhaseResult;
  /** What a verify function answers. */
  verify(name: string, options?: object): string | undefined;
  /** Lets an agent die by KILL before its n-th program; false when it got through without. */
  dies(atRun: number, name: string, options?: object): boolean;
  /** Runs a shell command and returns its output; its exit code does not matter. */
  sh(command: string): string;
  /** Starts a shell that lives on, and is told what to do by its standard input. */
  session(): Session;
  mounts(): readonly Mount[];
}

interface Session {
  /** Runs a command in the shell and resolves with its one line of output. */
  say(command: string): Promise<string>;
  /** Resolves when the shell is gone. */
  end(): Promise<void>;
}

/** Builds the toolbox of these tests: static busybox, e2fsck, node with the agent. Returns a directory that the caller removes. */
export async function buildLabToolbox(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboot-lab-toolbox-'));
  try {
    await fillToolbox(directory);
    return directory;
  } catch (error) {
    rmSync(directory, { recursive: true });
    throw error;
  }
}

async function fillToolbox(directory: string): Promise<void> {
  const build = await rolldown({ input: new URL('./phase-agent.ts', import.meta.url).pathname, platform: 'node' });
  await build.write({ file: join(directory, 'agent.mjs'), format: 'esm', codeSplitting: false });
  await build.close();
  put(find('busybox'), join(directory, 'bin/busybox'));
  for (const program of [process.execPath, find('e2fsck'), find('blkid')]) {
    put(program, join(directory, 'bin', basename(program)));
    for (const library of librariesOf(program))
      put(library, join(directory, library.startsWith('/lib64/') ? library : `lib/${basename(library)}`));
  }
  for (const path of ['sysroot', 'run', 'proc', 'sys', 'dev', 'old', 'root', 'tmp']) mkdirSync(join(directory, path));
}

/** A program of this machine, root's own directories included. */
const find = (name: string): string =>
  execFileSync('sh', ['-c', `PATH=/usr/sbin:/sbin:/usr/bin:/bin; command -v ${name}`], { encoding: 'utf8' }).trim();

function put(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

function librariesOf(program: string): readonly string[] {
  return [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '');
}

/** Starts a lab. Disposing of it ends every process in it and removes loop device and files. */
export async function startRootLab(toolbox: string, { damage, prepare }: LabOptions = {}): Promise<RootLab> {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboot-lab-'));
  const image = buildImage(directory, prepare);
  damage?.(image);
  const device = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim();
  const top = join(directory, 'top');
  mkdirSync(top);
  writeFileSync(join(directory, 'start'), startScript(toolbox, top, device));
  const keeper = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', 'sh', join(directory, 'start')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const remove = () => {
    spawnSync('losetup', ['-d', device]);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await firstLine(keeper, 'ready');
  } catch (error) {
    keeper.kill('SIGKILL');
    remove();
    throw error;
  }
  return openLab(keeper, image, device, remove);
}

function openLab(keeper: ChildProcess, image: string, device: string, remove: () => void): RootLab {
  const init = execFileSync('pgrep', ['-P', String(keeper.pid)], { encoding: 'utf8' }).trim();
  const enter = ['-t', init, '-m', '-p', '-r', '-w'];
  const agent = (name: string, options: object, env: Readonly<Record<string, string>>) =>
    spawnSync(
      'nsenter',
      [
        ...enter,
        loader,
        '--library-path',
        '/run/lifeboot/lib',
        '/run/lifeboot/bin/node',
        '/run/lifeboot/agent.mjs',
        name,
        JSON.stringify(options),
      ],
      {
        encoding: 'utf8',
        timeout: DEADLINE_MS,
        env,
      },
    );
  const ask = (name: string, options: object) => {
    const ran = agent(name, options, {});
    if (ran.status !== 0) throw new Error(`${name}: ${ran.signal ?? `exit ${ran.status}`}: ${ran.stderr}`);
    return JSON.parse(ran.stdout).result;
  };
  const sh = (command: string) =>
    spawnSync('nsenter', [...enter, '/run/lifeboot/bin/busybox', 'sh', '-c', command], {
      encoding: 'utf8',
      timeout: DEADLINE_MS,
    }).stdout.trimEnd();
  return {
    image,
    device,
    phase: (name, options = {}) => ask(name, options),
    verify: (name, options = {}) => ask(name, options),
    dies(atRun, name, options = {}) {
      const ran = agent(name, options, { DIE_AT: String(atRun) });
      // nsenter ends itself by the signal that ended its child.
      if (ran.status !== 0 && ran.signal !== 'SIGKILL') throw new Error(`${name}: exit ${ran.status}: ${ran.stderr}`);
      return ran.signal === 'SIGKILL';
    },
    sh,
    session: () => openSession(enter),
    mounts: () => parseMountinfo(sh('/run/lifeboot/bin/busybox cat /proc/self/mountinfo')),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => keeper.once('close', resolve));
      keeper.kill('SIGKILL');
      await ended;
      remove();
    },
  };
}

function openSession(enter: readonly string[]): Session {
  const shell = spawn('nsenter', [...enter, '/run/lifeboot/bin/busybox', 'sh'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => shell.once('close', () => resolve()));
  return {
    async say(command) {
      shell.stdin.write(`${command}\n`);
      const timeout = AbortSignal.timeout(DEADLINE_MS);
      const late = new Promise<never>((_, reject) =>
        timeout.addEventListener('abort', () => reject(new Error(`no answer to: ${command}`))),
      );
      return (await Promise.race([lines.next(), late])).value ?? '';
    },
    end() {
      shell.stdin.end();
      return ended;
    },
  };
}

function buildImage(directory: string, prepare: LabOptions['prepare']): string {
  const root = join(directory, 'root');
  for (const path of ['bin', 'dev', 'proc', 'sys', 'run', 'tmp', 'root', 'etc', 'srv/docs', 'boot'])
    mkdirSync(join(root, path), { recursive: true });
  copyFileSync(find('busybox'), join(root, 'bin/busybox'));
  writeFileSync(join(root, 'etc/fstab'), '/dev/vda / ext4 errors=remount-ro,x-lab 0 1\n');
  for (let i = 0; i < 20; i += 1) writeFileSync(join(root, 'srv/docs', `file${i}`), `${i} `.repeat(5000));
  prepare?.(root);
  const image = join(directory, 'root.img');
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', root, image, '64M'], { stdio: ['ignore', 'ignore', 'inherit'] });
  rmSync(root, { recursive: true });
  return image;
}

/** Mounts are made by the host's own tools; from the pivot on only the toolbox is used. PID 1 is a shell that reaps. */
function startScript(toolbox: string, top: string, device: string): string {
  return `set -e
mount -t tmpfs -o mode=0755 lifeboot ${top}
cp -a ${toolbox}/. ${top}
cd ${top}
printf 'root_source=${device}\\nroot_fstype=ext4\\nmode=root\\n' > stage1
mount -t ext4 -o ro ${device} sysroot
mount -t tmpfs -o mode=0755 run run
mkdir run/lifeboot
mount --rbind /sys sys
mount --rbind /dev dev
mount -t proc proc proc
# Swap areas are the whole kernel's: what leaves the root must not see those of this machine.
: > swaps
mount --bind swaps proc/swaps
pivot_root . old
exec bin/busybox chroot . /bin/busybox sh -c '
  busybox() { /bin/busybox "$@"; }
  busybox umount -l /old && busybox mount --bind / /run/lifeboot && echo ready
  while :; do busybox sleep 3600 & wait; done'
`;
}

function firstLine(child: ChildProcess, expected: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (data) => (String(data).trim() === expected ? resolve() : reject(new Error(String(data)))));
    child.once('close', (code) => reject(new Error(`the lab ended with ${code} before it was ready`)));
  });
}
