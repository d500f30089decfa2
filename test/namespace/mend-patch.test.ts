/** A mend's diff is for patch(1): what that makes of a script is what the plan was told it would be. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyMend } from '../../src/init/races/mend/apply-mend.ts';
import { diffOf, editFiles, editPlan } from '../../src/init/races/mend/edit-image.ts';
import { readMendImage } from '../../src/init/races/mend/mend-image.ts';
import { proposeMends } from '../../src/init/races/mend/propose-mends.ts';
import type { Mend } from '../../src/init/races/report/finding.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { safeJson } from '../../src/sys/safe-json.ts';
import { mendImage, mendScript, raceOf, scriptOf, scriptText } from '../unit/init/races/mend/mend-image.ts';
import { sampleReport } from '../unit/init/races/report/sample-report.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const sys = createLinuxSys();
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lifeboot-mend-'));
  mkdirSync(join(root, 'etc/init.d'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode: 0o755 });
}
const read = (path: string) => readFileSync(join(root, path), 'utf8');

function patch(diff: string) {
  const { status, stdout, stderr } = spawnSync('patch', ['--strip=1', '--fuzz=0', '--no-backup-if-mismatch', '--binary'], {
    cwd: root,
    input: diff,
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { status, said: stdout + stderr };
}

test('patch makes of a script what the plan then reads', () => {
  const key = fc.constantFrom('Required-Start', 'Should-Start', 'X-Start-Before', 'X-Ready');
  fc.assert(
    fc.property(scriptText, key, fc.constantFrom('dbus', '$network x', 'notify', ''), (text, edited, value) => {
      const script = scriptOf('a', text);
      const image = { ...mendImage({}), scripts: [script], texts: new Map([[script.file, text]]) };
      const edits = [{ script: 'a', key: edited, value }];
      const files = editFiles(image, edits);
      fc.pre(files.length > 0 && script.fields.length > 0);
      put(script.file, text);
      expect(patch(diffOf(files))).toMatchObject({ status: 0, said: expect.not.stringMatching(/fuzz|offset/) });
      expect(read(script.file)).toBe(files[0]?.after);
      expect(scriptOf('a', read(script.file)).header).toEqual(editPlan(image, edits).scripts[0]?.header);
    }),
    { numRuns: 60 },
  );
});

test('patch takes a diff of two scripts, and one of a script that had no header', async () => {
  for (const [name, lines] of Object.entries({ a: ['# Should-Start: c'], b: [], c: ['# Required-Start: b'] })) {
    put(`/etc/init.d/${name}`, mendScript(name, lines).text);
  }
  put('/etc/init.d/old', '#!/bin/sh\nexit 0\n');
  put('/etc/rc2.d/S01old', '');
  const image = await readMendImage(sys, root);
  const races = [raceOf('T1', ['a', 'b']), raceOf('T1', ['c', 'old'])];
  const mends = proposeMends(races, { image, durations: new Map() });
  const [both, header] = races.map(({ id }) => mends.get(id)?.[0]) as readonly Mend[];
  expect(both?.edits).toHaveLength(2);
  expect(patch(both?.diff ?? '').status).toBe(0);
  expect(patch(header?.diff ?? '').status).toBe(0);
  const now = await readMendImage(sys, root);
  const headerOf = (name: string) => now.scripts.find((script) => script.name === name)?.header;
  expect(headerOf('b')?.requiredStart).toEqual(['a']);
  expect(headerOf('a')?.shouldStart).toEqual([]);
  expect(headerOf('old')?.requiredStart).toEqual(['$remote_fs', '$syslog', 'c']);
});

test('applyMend edits the headers and numbers the links, and says when a person has to', async () => {
  put('/etc/init.d/a', mendScript('a').text);
  put('/etc/init.d/b', mendScript('b').text);
  put('/var/lib/dpkg/info/b.conffiles', '/etc/init.d/b\n/etc/default/b\n');
  const image = await readMendImage(sys, root);
  expect([...image.vendor]).toEqual(['b']);
  const race = raceOf('T1', ['a', 'b']);
  const [mend] = proposeMends([race], { image, durations: new Map() }).get(race.id) ?? [];
  const applied = await applyMend(sys, root, mend as Mend);
  expect(applied).toMatchObject({ kind: 'applied', files: ['/etc/init.d/a'] });
  expect(applied.kind === 'applied' && applied.links).toContain('/etc/rc2.d/S20b');
  expect(statSync(join(root, 'etc/init.d/a')).mode & 0o777).toBe(0o755);
  expect(await applyMend(sys, root, mend as Mend)).toEqual({ kind: 'not-applicable', why: 'the headers are so already' });
  expect(await applyMend(sys, root, { summary: 'x', verified: false })).toMatchObject({ kind: 'not-applicable' });
  expect(await applyMend(sys, root, { summary: 'x', verified: false, edits: [{ script: 'no', key: 'X-Ready', value: 'notify' }] })).toEqual(
    {
      kind: 'not-applicable',
      why: 'there is no script no',
    },
  );
});

test('lifeboot races mend fills in the mends of a report, and applies one', () => {
  put('/etc/init.d/dbus', mendScript('dbus').text);
  put('/etc/init.d/avahi-daemon', mendScript('avahi-daemon', ['# Required-Start:     $remote_fs']).text);
  const scripts = sampleReport.scripts.map((script) => ({ ...script, durationMs: 40 }));
  put('/races.json', safeJson({ ...sampleReport, scripts, findings: sampleReport.findings.map((each) => ({ ...each, mends: [] })) }));
  const races = (...args: readonly string[]) =>
    spawnSync(process.execPath, [main, 'races', 'mend', ...args], { encoding: 'utf8', cwd: root });
  expect(races('races.json', '--root', root, '--output', 'mended.json')).toMatchObject({ status: 0, stderr: '' });
  const [finding] = JSON.parse(read('/mended.json')).findings;
  expect(finding.mends[0]).toMatchObject({
    summary: 'Required-Start: dbus in avahi-daemon: it went well in this order',
    tier: 'rc2-5.d/S20',
    costMs: 40,
    verified: false,
  });
  const applied = races('mended.json', '--root', root, '--apply', finding.id);
  expect(applied).toMatchObject({ status: 0, stderr: '' });
  expect(applied.stdout).toContain('edited /etc/init.d/avahi-daemon\n');
  expect(read('/etc/init.d/avahi-daemon')).toContain('# Required-Start:     $remote_fs dbus\n');
  expect(races('mended.json', '--root', root, '--apply', finding.id)).toMatchObject({ status: 1 });
  expect(races('mended.json', '--root', root, '--apply', `${finding.id}:9`)).toMatchObject({ status: 2 });
  expect(races('mended.json')).toMatchObject({ status: 2 });
  const report = JSON.parse(read('/mended.json'));
  put('/unmended.json', safeJson({ ...report, findings: report.findings.slice(1) }));
  expect(races('mended.json', '--verify', finding.id, '--rerun', 'unmended.json')).toMatchObject({ status: 1, stdout: '' });
  const mended = report.scripts.map((script: { name: string }) => (script.name === 'avahi-daemon' ? { ...script, sha256: 'new' } : script));
  put('/rerun.json', safeJson({ ...report, scripts: mended, findings: report.findings.slice(1) }));
  const verified = races('mended.json', '--verify', finding.id, '--rerun', 'rerun.json');
  expect(verified).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(verified.stdout).findings[0].mends[0]).toMatchObject({ verified: true });
  expect(races('mended.json', '--root', root, '--verify', finding.id)).toMatchObject({ status: 2 });
});
