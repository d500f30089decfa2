/** `node assemble.ts ORDER.json`: unpacks the base, lays lifeboot and the overlay over it and makes the ext4 file. Runs as (a namespace's) root. */
import { appendFile, chmod, cp, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { installCases } from '../races/cases/install-cases.ts';
import { installScripts } from './install-scripts.ts';
import type { AssembleOrder, ImageKind } from './server-image.ts';

const here = import.meta.dirname;
const SIZE_MIB = 1800;

export async function assemble(order: AssembleOrder): Promise<void> {
  const root = order.workDir;
  await mkdir(root, { mode: 0o755 });
  console.log('unpacking the base');
  // No device nodes: the kernel's devtmpfs has them, and a user namespace may not make them.
  await execa('tar', [
    '-x',
    '--zstd',
    '-p',
    '--numeric-owner',
    '--xattrs',
    '--xattrs-include=*',
    '--exclude=./dev/*',
    '-f',
    order.baseTar,
    '-C',
    root,
  ]);
  await configure(root, await readFile(order.publicKeyFile, 'utf8'), order.kind ?? 'server', order.scripts);
  if (order.toolbox !== undefined) {
    console.log('installing lifeboot');
    const { installToolbox } = await import('../../src/toolbox/install.ts');
    await installToolbox({ root, toolbox: order.toolbox, authorizedKeys: order.publicKeyFile });
    if ((order.kind ?? 'server') === 'server') await cp(join(here, 'overrides'), join(root, 'etc/lifeboot/overrides'), { recursive: true });
  }
  console.log('making the file system');
  await makeSparse(order.imagePath, SIZE_MIB);
  await execa('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', 'root', '-d', root, order.imagePath]);
}

/** What an admin sets up on any server: names, network, a login, a console, a web front end. */
async function configure(root: string, publicKey: string, kind: ImageKind, scripts: string | undefined): Promise<void> {
  await cp(join(here, 'overlay'), root, { recursive: true, force: true });
  if (kind === 'server') await appendFile(join(root, 'etc/haproxy/haproxy.cfg'), await readFile(join(here, 'haproxy-frontend.cfg')));
  else {
    await cp(join(here, kind, 'overlay'), root, { recursive: true, force: true });
    if (kind === 'races') await (scripts === undefined ? installCases(root) : installScripts(root, scripts));
    if (kind === 'networkd')
      await execa('chroot', [root, 'update-rc.d', 'systemd-networkd', 'defaults'], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
  }
  // systemd starts a login on the kernel's console by itself.
  if (kind !== 'systemd') await appendFile(join(root, 'etc/inittab'), 'T0:23:respawn:/sbin/getty -L ttyS0 38400 vt100\n');
  await mkdir(join(root, 'root/.ssh'), { recursive: true, mode: 0o700 });
  await writeFile(join(root, 'root/.ssh/authorized_keys'), publicKey);
  await chmod(join(root, 'root/.ssh/authorized_keys'), 0o600);
}

async function makeSparse(path: string, sizeMiB: number): Promise<void> {
  await using file = await open(path, 'w');
  await file.truncate(sizeMiB * 1024 * 1024);
}

const orderFile = process.argv[2];
if (import.meta.main && orderFile !== undefined) await assemble(JSON.parse(await readFile(orderFile, 'utf8')) as AssembleOrder);
