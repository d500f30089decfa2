/** `lifeboot races report` and `merge` as a person or a build runs them, on real files. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { safeJson } from '../../src/sys/safe-json.ts';
import { hostileReport, sampleReport } from '../unit/init/races/report/sample-report.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const [dbus] = sampleReport.findings;
let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-races-'));
  write('races.json', safeJson(sampleReport));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(directory, name), text);

function races(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'races', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    cwd: directory,
  });
  return { status, stdout, stderr };
}

describe('lifeboot races report', () => {
  test('says what was found, and is content unless told what fails', () => {
    const told = races('report', 'races.json');
    expect(told).toMatchObject({ status: 0, stderr: '' });
    expect(told.stdout).toMatch(/^3 confirmed, 2 divergent, /);
    expect(races('report', 'races.json').stdout).toBe(told.stdout);
  });
  test('ends without a word when nobody reads on (| head)', async () => {
    const child = spawn(process.execPath, [main, 'races', 'report', 'races.json', '--html'], { cwd: directory });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (text) => (said += text));
    const [status] = await once(child, 'close');
    expect({ status, said }).toEqual({ status: 141, said: '' });
  });
  test('--fail-on has exit status 1 for what nobody accepted, and 0 once everything is', () => {
    const failed = races('report', 'races.json', '--fail-on', 'confirmed');
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain(`lifeboot: confirmed: dbus, avahi-daemon (${dbus?.id})\n`);
    const ids = sampleReport.findings.filter(({ judgement }) => judgement.verdict === 'confirmed').map(({ id }) => id);
    write('ok.toml', ids.map((id) => `[[accept]]\nid = "${id}"\nreason = "r"\nuntil = 2099-01-01\n`).join('\n'));
    expect(races('report', 'races.json', '--fail-on', 'confirmed', '--accept', 'ok.toml')).toMatchObject({ status: 0, stderr: '' });
    expect(races('report', 'races.json', '--fail-on', 'any', '--accept', 'ok.toml').status).toBe(1);
    write('late.toml', `[[accept]]\nid = "${dbus?.id}"\nreason = "r"\nuntil = 2020-01-01\n`);
    const late = races('report', 'races.json', '--fail-on', 'confirmed', '--accept', 'late.toml');
    expect(late.status).toBe(1);
    expect(late.stderr).toContain('late.toml:1: accepted until 2020-01-01, which is over');
  });
  test('exit status 2 and words: a report, a file of accepted races or an option that is wrong', () => {
    write('bad.json', '{"version": 1}');
    write('bad.toml', '[[accept]]\nid = "nonsense"\n');
    expect(races('report', 'bad.json')).toMatchObject({ status: 2, stdout: '' });
    expect(races('report', 'bad.json').stderr).toContain('lifeboot: bad.json: "kernel": is missing');
    expect(races('report', 'absent.json')).toMatchObject({ status: 2, stderr: 'lifeboot: absent.json does not exist\n' });
    expect(races('report', 'races.json', '--accept', 'bad.toml', '--fail-on', 'confirmed')).toMatchObject({ status: 2 });
    expect(races('report', 'races.json', '--accept', 'absent.toml').status).toBe(2);
    for (const words of [['races.json', '--fail-on', 'sure'], [], ['races.json', '--text', '--json'], ['races.json', 'races.json']]) {
      expect(races('report', ...words)).toMatchObject({ status: 2, stdout: '' });
    }
  });
  test('--output writes the file, and names it', () => {
    expect(races('report', 'races.json', '--json', '--output', 'out.json')).toEqual({ status: 0, stdout: 'out.json\n', stderr: '' });
    expect(JSON.parse(readFileSync(join(directory, 'out.json'), 'utf8'))).toEqual(sampleReport);
    expect(statSync(join(directory, 'out.json')).mode & 0o777).toBe(0o644);
  });
  test('has a form for code hosts, and a page', () => {
    expect(JSON.parse(races('report', 'races.json', '--sarif').stdout)).toMatchObject({ version: '2.1.0' });
    expect(races('report', 'races.json', '--html', '--output', 'races.html')).toMatchObject({ status: 0, stdout: 'races.html\n' });
    expect(readFileSync(join(directory, 'races.html'), 'utf8')).toMatch(/^<!DOCTYPE html>/);
    const [one, other] = ['--sarif', '--html'].map((form) => [races('report', 'races.json', form), races('report', 'races.json', form)]);
    for (const [first, second] of [one ?? [], other ?? []]) expect(first?.stdout).toBe(second?.stdout);
  });
  test('steers no terminal, whatever a report says', () => {
    write('evil.json', JSON.stringify(hostileReport('\x1b]0;x\x07\n\x9b2J')));
    write('evil.toml', `[[accept]]\nid = "${dbus?.id}"\nreason = "\\u001b[31m"\nuntil = 2020-01-01\n`);
    for (const form of ['--text', '--json', '--sarif', '--html']) {
      const { stdout, stderr } = races('report', 'evil.json', form, '--accept', 'evil.toml', '--fail-on', 'any');
      expect(stdout + stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    }
  });
});

test('lifeboot races merge makes one report, in any order the same bytes', () => {
  write('one.json', safeJson({ ...sampleReport, findings: sampleReport.findings.slice(0, 4) }));
  write('two.json', safeJson({ ...sampleReport, findings: sampleReport.findings.slice(3) }));
  const merged = races('merge', 'one.json', 'two.json');
  expect(merged).toMatchObject({ status: 0, stderr: '' });
  expect(races('merge', 'two.json', 'one.json').stdout).toBe(merged.stdout);
  expect(JSON.parse(merged.stdout).findings).toHaveLength(sampleReport.findings.length);
  write('other.json', safeJson({ ...sampleReport, scripts: sampleReport.scripts.map((each) => ({ ...each, sha256: 'x' })) }));
  expect(races('merge', 'one.json', 'other.json')).toMatchObject({ status: 2, stdout: '' });
  expect(races('merge').status).toBe(2);
});

test('lifeboot races without a word names its subcommands', () => {
  expect(races()).toMatchObject({ status: 2, stdout: '' });
  expect(races('nonsense').stderr).toContain('races merge FILE...');
});
