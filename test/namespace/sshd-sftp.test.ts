import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Door, type DoorOptions, eventually, openDoor } from './door.ts';
import { recordNotices } from './notices.ts';

const notices = recordNotices();
let door: Door;
let here: string;
let there: string;

beforeAll(async () => {
  door = await openDoor({ observe: notices.observe });
  [here, there] = [join(door.directory, 'here'), join(door.directory, 'there')];
  await mkdir(here);
  await mkdir(there);
});
afterAll(() => door[Symbol.asyncDispose]());

const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const ODD_NAMES = ['with blanks', "quote'quote", 'dollar $HOME', 'back\\slash', 'star*', 'ümläut', '-dash', 'new\nline'];

/** The options of sftp(1) and scp(1): those of ssh(1), but for the port. */
const copyArgs = (at: Door) =>
  at
    .sshArgs()
    .slice(0, -1)
    .map((word) => (word === '-p' ? '-P' : word));

async function sftp(commands: readonly string[], at: Door = door, options: readonly string[] = []) {
  const argv = [...copyArgs(at), ...options, '-b', '-', 'root@127.0.0.1'];
  return execa('sftp', argv, { input: `${commands.join('\n')}\n`, reject: false, timeout: 60_000 });
}

const scp = (words: readonly string[], at: Door = door) => execa('scp', [...copyArgs(at), ...words], { reject: false, timeout: 60_000 });

describe('sftp', () => {
  test('puts and gets 50 MB unharmed', async () => {
    const data = randomBytes(50_000_000);
    await writeFile(join(here, 'big'), data);
    const ran = await sftp([`put ${here}/big ${there}/big`, `get ${there}/big ${here}/back`]);
    expect([ran.exitCode, ran.stderr]).toEqual([0, '']);
    expect(digest(await readFile(join(there, 'big')))).toBe(digest(data));
    expect(digest(await readFile(join(here, 'back')))).toBe(digest(data));
  });

  test('goes on where a transfer stopped, both ways', async () => {
    const data = randomBytes(3_000_000);
    for (const path of [join(here, 'whole'), join(there, 'part'), join(there, 'whole'), join(here, 'part')]) await writeFile(path, data);
    await truncate(join(there, 'part'), 1_234_567);
    await truncate(join(here, 'part'), 765_432);
    const ran = await sftp([`reput ${here}/whole ${there}/part`, `reget ${there}/whole ${here}/part`]);
    expect(ran.exitCode).toBe(0);
    expect(digest(await readFile(join(there, 'part')))).toBe(digest(data));
    expect(digest(await readFile(join(here, 'part')))).toBe(digest(data));
  });

  test('renames, links, changes modes, makes and removes directories, lists and measures', async () => {
    await writeFile(join(here, 'small'), 'small\n');
    const ran = await sftp([
      `cd ${there}`,
      `put ${here}/small first`,
      'rename first second',
      'symlink second soft',
      'ln second hard',
      'chmod 0640 second',
      'mkdir directory',
      `put -p ${here}/small directory/inner`,
      'ls -l',
      'df',
      'rm directory/inner',
      'rmdir directory',
      'pwd',
    ]);
    expect([ran.exitCode, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toMatch(/-rw-r-----\s+\S+ root\s+root\s+6 .* second\n/);
    expect(ran.stdout).toContain(`Remote working directory: ${there}`);
    expect(ran.stdout).toMatch(/%Capacity|%capacity/i);
    expect(await readlink(join(there, 'soft'))).toBe('second');
    expect((await stat(join(there, 'hard'))).ino).toBe((await stat(join(there, 'second'))).ino);
    expect((await stat(join(there, 'second'))).mode & 0o7777).toBe(0o640);
    expect(await readdir(there)).not.toContain('directory');
  });

  test('stops a batch at its first failure and says which', async () => {
    const ran = await sftp([`rm ${there}/never-there`, `mkdir ${there}/not-reached`]);
    expect([ran.exitCode, ran.stderr.includes('never-there')]).toEqual([1, true]);
    expect(await readdir(there)).not.toContain('not-reached');
  });

  test('starts where a shell does', async () => {
    expect((await sftp(['pwd'])).stdout).toMatch(/Remote working directory: \/$/);
  });

  test('copies a tree with odd names', async () => {
    const tree = join(here, 'odd names');
    await mkdir(join(tree, 'deep er'), { recursive: true });
    for (const name of ODD_NAMES) await writeFile(join(tree, 'deep er', name), name);
    const ran = await sftp([`put -r "${tree}" "${there}/odd names"`]);
    expect(ran.exitCode).toBe(0);
    for (const name of ODD_NAMES) expect(await readFile(join(there, 'odd names/deep er', name), 'utf8')).toBe(name);
  });

  test('tells what it did to the observer, and nothing of it to the client', async () => {
    await writeFile(join(there, 'told'), 'told');
    notices.lines.length = 0;
    const ran = await sftp([`get ${there}/told ${here}/told`]);
    expect(ran.stderr).toBe('');
    await eventually('the end', () => notices.lines.some((line) => line.startsWith('ended 0')));
    expect(notices.lines[0]).toBe('started subsystem sftp');
    const said = notices.lines.join('\n');
    expect(said).toContain('log session opened for local user root from [127.0.0.1]');
    expect(said).toContain(`log open "${there}/told" flags READ mode 0666`);
    expect(said).toContain(`log close "${there}/told" bytes read 4 written 0`);
  });
});

describe.each([
  ['sftp', []],
  ['its own protocol', ['-O']],
])('scp by %s', (_, mode) => {
  test('copies there and back, with times and modes, a tree with blanks and odd names', async () => {
    const name = `tree${mode.join('')}`;
    await mkdir(join(here, name, 'in ner'), { recursive: true });
    const names = mode.length > 0 ? ODD_NAMES.filter((odd) => !odd.includes('\n')) : ODD_NAMES;
    for (const odd of names) await writeFile(join(here, name, 'in ner', odd), odd, { mode: 0o604 });
    const remote = `root@127.0.0.1:${there}`;
    const up = await scp([...mode, '-r', '-p', '-q', join(here, name), `${remote}/`]);
    expect([up.exitCode, up.stderr]).toEqual([0, '']);
    const down = await scp([...mode, '-r', '-p', '-q', `${remote}/${name}`, join(here, `${name}-back`)]);
    expect([down.exitCode, down.stderr]).toEqual([0, '']);
    for (const odd of names) {
      const [before, after] = [join(here, name, 'in ner', odd), join(here, `${name}-back`, 'in ner', odd)];
      expect(await readFile(after, 'utf8')).toBe(odd);
      const seconds = async (path: string) => Math.floor((await lstat(path)).mtimeMs / 1000);
      expect([await seconds(after), (await lstat(after)).mode & 0o777]).toEqual([await seconds(before), 0o604]);
    }
  });

  test('copies 20 MB and says what is not there', async () => {
    const data = randomBytes(20_000_000);
    await writeFile(join(here, 'large'), data);
    expect((await scp([...mode, '-q', join(here, 'large'), `root@127.0.0.1:${there}/large`])).exitCode).toBe(0);
    expect(digest(await readFile(join(there, 'large')))).toBe(digest(data));
    const missing = await scp([...mode, '-q', `root@127.0.0.1:${there}/none`, here]);
    expect([missing.exitCode, missing.stderr.includes('No such file or directory')]).toEqual([1, true]);
  });
});

describe('a key with restrictions', () => {
  const strict = (keyOptions: string, more: Partial<DoorOptions> = {}) => openDoor({ keyOptions, ...more });

  test('that is restricted copies files all the same: no terminal is needed', async () => {
    await using at = await strict('restrict');
    expect((await sftp(['pwd'], at)).exitCode).toBe(0);
  });

  test('whose command is internal-sftp reads with -R and writes nothing, and runs nothing else', async () => {
    await using at = await strict('command="internal-sftp -R"');
    await writeFile(join(there, 'readable'), 'text');
    expect((await sftp([`get ${there}/readable ${here}/read`], at)).exitCode).toBe(0);
    const written = await sftp([`put ${here}/read ${there}/written`], at);
    expect([written.exitCode, written.stderr.toLowerCase().includes('permission denied')]).toEqual([1, true]);
    const exec = await at.ssh(['id']);
    expect([exec.stdout, exec.exitCode]).toEqual(['This service allows sftp connections only.\n', 1]);
    const old = await scp(['-O', '-q', join(here, 'read'), `root@127.0.0.1:${there}/written`], at);
    expect(old.exitCode).not.toBe(0);
    expect(await readdir(there)).not.toContain('written');
  });

  test('whose command is something else gets no files', async () => {
    await using at = await strict('command="echo $SSH_ORIGINAL_COMMAND"');
    expect((await sftp(['pwd'], at)).exitCode).not.toBe(0);
    expect((await at.ssh(['rm -rf /nothing'])).stdout).toBe('rm -rf /nothing\n');
  });
});
