/** `lifeboot plan` as a person runs it, on an image root of real files. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scriptText } from './insserv-lab.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lifeboot-plan-'));
  mkdirSync(join(root, 'etc/init.d'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function script(name: string, ...lines: readonly string[]): void {
  const header = [`# Provides: ${name}`, '# Default-Start: 2 3', '# Default-Stop: 0 6', ...lines];
  writeFileSync(join(root, 'etc/init.d', name), scriptText(header), { mode: 0o755 });
}

function plan(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'plan', '--root', root, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

/** Every link with its target. */
const links = () =>
  readdirSync(join(root, 'etc'))
    .filter((name) => name.startsWith('rc'))
    .flatMap((directory) => readdirSync(join(root, 'etc', directory)).map((file) => `${directory}/${file}`))
    .sort()
    .map((path) => `${path} ${lstatSync(join(root, 'etc', path)).isSymbolicLink() ? readlinkSync(join(root, 'etc', path)) : '-'}`);

describe('lifeboot plan', () => {
  test('--write makes the links, and the second time does nothing; the plan stays byte for byte', () => {
    script('a');
    script('b', '# Required-Start: a', '# Required-Stop: a');
    const before = plan();
    expect(before).toMatchObject({ status: 0, stderr: '' });
    expect(plan('--write')).toMatchObject({ status: 0, stderr: '' });
    const made = links();
    expect(made).toEqual([
      'rc0.d/K10b ../init.d/b',
      'rc0.d/K20a ../init.d/a',
      'rc2.d/S10a ../init.d/a',
      'rc2.d/S20b ../init.d/b',
      'rc3.d/S10a ../init.d/a',
      'rc3.d/S20b ../init.d/b',
      'rc6.d/K10b ../init.d/b',
      'rc6.d/K20a ../init.d/a',
    ]);
    expect(plan('--write').stdout).toBe('0 links made, 0 removed, 0 left alone\n');
    expect(links()).toEqual(made);
    expect(plan().stdout).toBe(before.stdout);
  });
  test('--write renumbers, and keeps what is not its own', () => {
    script('a');
    script('b', '# Required-Start: a');
    mkdirSync(join(root, 'etc/rc2.d'));
    symlinkSync('../init.d/b', join(root, 'etc/rc2.d/S03b'));
    writeFileSync(join(root, 'etc/rc2.d/S99mine'), 'by hand');
    const { status, stdout } = plan('--write');
    expect(status).toBe(0);
    expect(stdout).toContain('removed rc2.d/S03b');
    expect(stdout).toContain('rc2.d/S99mine: left alone');
    expect(links().filter((each) => each.startsWith('rc2'))).toEqual([
      'rc2.d/S10a ../init.d/a',
      'rc2.d/S20b ../init.d/b',
      'rc2.d/S99mine -',
    ]);
  });
  test('with a cycle there is no plan and nothing is written', () => {
    script('a', '# Required-Start: b');
    script('b', '# Required-Start: a');
    for (const args of [[], ['--json'], ['--write']]) {
      const { status, stdout, stderr } = plan(...args);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain('a waits for b: /etc/init.d/a:6: Required-Start: b');
    }
    expect(links()).toEqual([]);
    expect(plan('--check')).toMatchObject({ status: 1, stderr: '' });
  });
  test('--check has exit status 0 with warnings alone, and --json for machines', () => {
    script('a', '# Required-Start: $all');
    expect(plan('--check')).toMatchObject({ status: 0 });
    expect(JSON.parse(plan('--check', '--json').stdout).findings[1]).toMatchObject({ severity: 'warning', rule: 'all', line: 6 });
  });
  test('--diff says what a new header does to the order', () => {
    script('a');
    script('b');
    const old = join(root, 'old.json');
    writeFileSync(old, plan('--json').stdout);
    expect(plan('--diff', old)).toMatchObject({ status: 0, stdout: '' });
    script('a', '# Required-Start: b');
    expect(plan('--diff', old)).toMatchObject({ status: 1, stdout: '~ a  rc2-5.d/S10 → rc2-5.d/S20  after b (Required-Start: b)\n' });
  });
  test('--check finds links that break the headers, and --write mends them', () => {
    script('a', '# Required-Start: b');
    script('b');
    mkdirSync(join(root, 'etc/rc2.d'));
    for (const name of ['a', 'b']) symlinkSync(`../init.d/${name}`, join(root, `etc/rc2.d/S01${name}`));
    const { status, stdout } = plan('--check');
    expect(status).toBe(1);
    expect(stdout).toContain('a waits for b, and the links are rc2.d/S01a and rc2.d/S01b');
    expect(plan('--write')).toMatchObject({ status: 0 });
    expect(plan('--check')).toMatchObject({ status: 0 });
  });
  test('a header steers no terminal', () => {
    script('a', '# Required-Start: \x1b[2Jx');
    for (const args of [['--check'], ['--json'], []]) {
      const { stdout, stderr } = plan(...args);
      expect(`${stdout}${stderr}`).toContain('[2Jx');
      expect(`${stdout}${stderr}`).not.toContain('\x1b');
    }
  });
  test('wrong words are named with the usage', () => {
    expect(plan('--dot', '--svg')).toMatchObject({ status: 2 });
    expect(plan('--diff', '/does/not/exist').stderr).toContain('/does/not/exist does not exist');
  });
});
