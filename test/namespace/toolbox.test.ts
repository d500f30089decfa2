import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { programLinks, programPackages } from '../../src/toolbox/contents.ts';
import { INTERPRETER, isElf, readElf } from '../../src/toolbox/elf.ts';
import { listFiles } from '../../src/toolbox/manifest.ts';
import { dist, inToolbox } from './toolbox-chroot.ts';

const tree = join(dist, 'toolbox');

test('the toolbox resolves every library of every ELF file below /run/lifeboot/lib', async () => {
  const dynamic: string[] = [];
  for (const file of await listFiles(tree)) {
    if ((await isElf(join(tree, file))) && (await readElf(join(tree, file))) !== undefined) dynamic.push(file);
  }
  expect(dynamic).toEqual(expect.arrayContaining(['bin/node', 'bin/e2fsck', 'bin/ip', 'lib/lifeboot/pty.node', 'lib/libc.so.6']));
  const checked = dynamic.filter((file) => !file.endsWith('/ld-linux-x86-64.so.2'));
  const list = checked.map((file) => `echo "= ${file}"; ${INTERPRETER} --list /run/lifeboot/${file} 2>&1`).join('\n');
  const lines = inToolbox(list)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('= '));
  expect(lines.length).toBeGreaterThan(checked.length);
  // Not `not found`, and not the build machine's: the chroot has no other directory, but a wrong rpath would show here.
  const wrong = lines.filter((line) => !/(?:=> \/run\/lifeboot\/lib\/|linux-vdso|statically linked|^\s*\/run\/lifeboot\/lib\/)/.test(line));
  expect(wrong).toEqual([]);
});

test('every dynamic program asks for the loader of the toolbox', async () => {
  for (const name of readdirSync(join(tree, 'bin'))) {
    if (!lstatSync(join(tree, 'bin', name)).isFile()) continue;
    const elf = await readElf(join(tree, 'bin', name));
    if (elf !== undefined) expect(`${name} ${elf.interpreter}`).toBe(`${name} ${INTERPRETER}`);
  }
});

test('the agent starts in a chroot that holds nothing but the toolbox', () => {
  expect(inToolbox('lifeboot --version')).toMatch(/^lifeboot \d+\.\d+\.\d+$/m);
});

test('Node uses the compile cache that was built with it', () => {
  // Node tells of its cache on standard error, in words meant for people: only the verdict is read.
  const said = inToolbox('NODE_DEBUG_NATIVE=COMPILE_CACHE lifeboot --version 2>&1');
  expect(said).toContain('main.mjs was accepted');
  expect(said).not.toContain('rejected');
});

test('node-pty’s addon loads and makes a terminal', () => {
  const script = `const pty = require('/run/lifeboot/lib/lifeboot/pty.node');
    const { fd } = pty.fork('/run/lifeboot/bin/sh', ['-c', 'stty size'], ['PATH=/run/lifeboot/bin'], '/', 91, 33, 0, 0, true, '', () => {});
    require('tty').ReadStream(fd).on('data', (bytes) => process.stdout.write(bytes)).on('error', () => process.exit(0));`;
  expect(inToolbox(`node -e "${script}"`)).toContain('33 91');
});

test('every declared program runs', () => {
  const names = programPackages.flatMap((pick) => (pick.programs ?? []).map((path) => path.replace(/^.*\//, '')));
  const said = inToolbox(names.map((name) => `/run/lifeboot/bin/${name} --help >/dev/null 2>&1 </dev/null; echo ${name} $?`).join('\n'));
  const codes = said
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  expect(codes.map(([name]) => name)).toEqual(names);
  // The shell's words for "cannot be executed" and for a signal; ip says 255 to --help.
  expect(codes.filter(([, code]) => Number(code) >= 126 && Number(code) < 255)).toEqual([]);
});

test('a shell of the toolbox finds full programs before applets, and our reboot before the one of busybox', () => {
  expect(inToolbox('ip -V; type reboot; type modprobe')).toMatch(
    /^ip utility, iproute2[\s\S]*reboot is \/run\/lifeboot\/bin\/reboot[\s\S]*modprobe is \/run/,
  );
});

test('sftp-server and scp serve a client where there is nothing but the toolbox', () => {
  // It leaves at the end of its input. SSH_FXP_INIT of version 3 is answered with SSH_FXP_VERSION; scp -t takes a file of three bytes.
  const hello = inToolbox(
    "{ printf '\\0\\0\\0\\5\\1\\0\\0\\0\\3'; sleep 1; } | sftp-server -e -l INFO 2>/tmp/log | head -c 9 | tail -c 5 | od -An -tx1; cat /tmp/log",
  );
  expect(hello).toMatch(/^ 02 00 00 00 03\n(?:.*\n)*session opened for local user root/);
  expect(inToolbox("printf 'C0644 3 got\\nabc\\0' | scp -t /tmp >/dev/null; cat /tmp/got")).toBe('abc');
});

test('no link of the toolbox dangles or leads out of it', () => {
  const links = [...readdirSync(join(tree, 'bin')).map((name) => `bin/${name}`), ...Object.keys(programLinks)];
  for (const link of links.filter((path) => lstatSync(join(tree, path)).isSymbolicLink())) {
    const target = normalize(join(tree, link, '..', readlinkSync(join(tree, link))));
    expect(target.startsWith(`${tree}/`)).toBe(true);
    // What is on the root is there once it is mounted.
    if (target.startsWith(`${tree}/sysroot/`)) continue;
    expect(() => lstatSync(target)).not.toThrow();
  }
});

test('the manifest covers every file and no other', async () => {
  const listed = readFileSync(join(dist, 'manifest.xxh64'), 'utf8').trim().split('\n');
  expect(listed.map((line) => line.replace(/^[0-9a-f]{16} {2}/, '')).sort()).toEqual([...(await listFiles(tree))].sort());
});

/** What an operator types, and what shows that it works. Names of busybox are here, too: a new busybox may lose one. */
const workshop: readonly (readonly [command: string, shows: RegExp])[] = [
  ['echo text >/tmp/t; less -E /tmp/t', /^text$/m],
  ["echo old >/tmp/v; TERM=vt100 vi -c ':s/old/new/' -c ':wq' /tmp/v >/dev/null 2>&1; cat /tmp/v", /^new$/m],
  ['lsblk --version', /util-linux/],
  ['e2fsck -V 2>&1', /^e2fsck 1\./m],
  ['debugfs -V 2>&1', /^debugfs 1\./m],
  ['mount -t tmpfs none /tmp && findmnt -no FSTYPE /tmp', /^tmpfs$/m],
  ['ip link set lo up; ip -j addr show lo', /"127\.0\.0\.1"/],
  [
    'ip link set lo up; nc -l -p 7 & for n in 1 2 3 4 5 6 7 8 9; do ss -tlnp | grep :7 && break; sleep 0.1; done',
    /:7 .*users:\(\("nc",pid=\d+/,
  ],
  ['ss -tl; echo "ss $?"', /^ss 0$/m],
  ['netstat -rn', /Destination/],
  ['ip link set lo up; ping -c 1 127.0.0.1', /1 packets received/],
  ['tcpdump -D', /^\d+\.lo /m],
  ['ip link set lo up; timeout 10 tcpdump -ni lo -c 1 icmp 2>/dev/null & ping -c 4 127.0.0.1 >/dev/null; wait', /ICMP echo request/],
  ['tcpdump -E x@y -r /dev/null 2>&1; tcpdump --version 2>&1', /libpcap version/],
  ['strace -c -e trace=openat cat /dev/null 2>&1', /openat/],
  ['wget --help 2>&1', /Usage: wget/],
  ['nslookup --help 2>&1', /Usage: nslookup/],
  ['ps -ef', /PID/],
  ['top -bn1 | head -4', /Mem:/],
  ['dmesg --version', /util-linux/],
  ['ip link set lo up; traceroute -m 1 127.0.0.1 2>&1', /127\.0\.0\.1/],
];

test.each(workshop)('the toolbox alone runs: %s', (command, shows) => {
  expect(inToolbox(command)).toMatch(shows);
});
