import { describe, expect, test } from 'vitest';
import { makePlan } from '../../../../src/init/plan/make-plan.ts';
import { planRows } from '../../../../src/init/plan/plan-rows.ts';
import { formatPlan, parsePlanText } from '../../../../src/init/plan/plan-text.ts';
import { readImage } from '../../../../src/init/plan/read-image.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const ROOT = '/image';
const header = (lines: readonly string[]) =>
  ['### BEGIN INIT INFO', ...lines.map((line) => `# ${line}`), '### END INIT INFO', ''].join('\n');
const script = (...lines: readonly string[]) => `#!/bin/sh\n${header(lines)}`;
const daemon = (name: string, ...lines: readonly string[]) =>
  script(`Provides: ${name}`, 'Default-Start: 2 3 4 5', 'Default-Stop: 0 1 6', ...lines);

function image(scripts: Readonly<Record<string, string>>): FakeSys {
  const sys = new FakeSys().dir(`${ROOT}/etc/init.d`);
  for (const [name, text] of Object.entries(scripts)) sys.file(`${ROOT}/etc/init.d/${name}`, text, { mode: 0o755 });
  return sys;
}

const read = (sys: FakeSys, options = {}) => readImage(sys, ROOT, options);
const levels = async (sys: FakeSys, options = {}) =>
  (await read(sys, options)).scripts.map(({ name, start, stop }) => `${name}: ${[...start].sort().join('')} ${[...stop].sort().join('')}`);

describe('readImage()', () => {
  test('takes the run levels from the header where there is no link', async () => {
    expect(await levels(image({ a: daemon('a') }))).toEqual(['a: 2345 016']);
  });
  test('lets links count more than the header, and says that they differ', async () => {
    const sys = image({ a: daemon('a') })
      .link(`${ROOT}/etc/rc2.d/K01a`, '../init.d/a')
      .link(`${ROOT}/etc/rc3.d/S01a`, '../init.d/a');
    expect(await levels(sys)).toEqual(['a: 3 2']);
    expect((await read(sys)).findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual(['warning links']);
    expect(await levels(sys, { defaults: true })).toEqual(['a: 2345 016']);
  });
  test('leaves out what insserv(8) does not take for a script, and the extensions of file-filters', async () => {
    const names = ['a', 'a.dpkg-new', 'a.dpkg-old', 'b~', '.depend.start', 'c.old', 'd.swp', 'README', 'rc', 'skeleton', 'e.git', 'f.sh'];
    const sys = image(Object.fromEntries(names.map((name) => [name, daemon(name)]))).file(`${ROOT}/etc/insserv/file-filters`, 'git\n');
    expect((await read(sys)).scripts.map(({ name }) => name)).toEqual(['a', 'f.sh']);
  });
  test('knows facilities of insserv.conf and insserv.conf.d, and Debian’s where there is no file', async () => {
    const sys = image({ a: daemon('a') });
    expect((await read(sys)).facilities.members.get('$syslog')).toContain('+rsyslog');
    sys
      .file(`${ROOT}/etc/insserv.conf`, '$mine  +x $yours # why\n\n<interactive> talk\n')
      .file(`${ROOT}/etc/insserv.conf.d/yours`, '$yours y\n$mine z\n');
    const { facilities } = await read(sys);
    expect([...facilities.members]).toEqual([
      ['$mine', ['+x', '$yours', 'z']],
      ['$yours', ['y']],
    ]);
    expect([...facilities.interactive]).toEqual(['talk']);
  });
  test('takes an override for the header, and names the override as the place', async () => {
    const sys = image({ a: '#!/bin/sh\n', b: daemon('b') }).file(
      `${ROOT}/etc/insserv/overrides/a`,
      header(['Provides: a', 'Required-Start: b nobody', 'Default-Start: 2', 'Default-Stop: 0 1 6']),
    );
    const { findings } = makePlan(await read(sys));
    expect(findings.map(({ file, line, rule }) => `${file}:${line} ${rule}`)).toEqual(['/etc/insserv/overrides/a:3 missing-provider']);
  });
  test('guesses what a script without a header needs, as insserv does', async () => {
    const sys = image({ a: '#!/bin/sh\n', rsyslog: daemon('rsyslog') }).link(`${ROOT}/etc/rc2.d/S20a`, '../init.d/a');
    const { plan, findings } = makePlan(await read(sys));
    expect(
      plan &&
        planRows(plan)
          .filter(({ name }) => name === 'a')
          .map(({ tier, why }) => `${tier} ${why}`),
    ).toEqual(['rc2-5.d/S20 after rsyslog (Required-Start: $syslog)']);
    expect(findings.map(({ rule }) => rule)).toContain('missing-header');
  });
  test('a script that may not run is not planned, and its links are told', async () => {
    const sys = image({}).file(`${ROOT}/etc/init.d/a`, daemon('a'), { mode: 0o644 }).link(`${ROOT}/etc/rc2.d/S20a`, '../init.d/a');
    const found = await read(sys);
    expect(makePlan(found).plan?.groups).toEqual([]);
    expect(found.findings.map(({ message }) => message)).toEqual(['a has links, but is not executable: it is not in the plan']);
  });
  test('another name of a script is no script of its own, until it has links', async () => {
    const sys = image({ a: daemon('a') }).link(`${ROOT}/etc/init.d/alias`, 'a');
    expect((await read(sys)).scripts.map(({ name }) => name)).toEqual(['a']);
    sys.link(`${ROOT}/etc/rc2.d/S20alias`, '../init.d/alias');
    expect(makePlan(await read(sys)).findings.map(({ rule, script: name }) => `${rule} ${name}`)).toContain('duplicate-provider alias');
  });
  test('an unknown run level is told with its line', async () => {
    const { findings } = await read(image({ a: script('Provides: a', 'Default-Start: 2 seven', 'Default-Stop: 0') }));
    expect(findings.map(({ file, line, message }) => `${file}:${line} ${message}`)).toEqual(['/etc/init.d/a:4 "seven" is no run level']);
  });
  test('an image without initscripts is refused by name', async () => {
    await expect(read(new FakeSys())).rejects.toThrow('/image/etc/init.d does not exist');
  });
});

describe('formatPlan()', () => {
  test('is one line a script, and the built-in ones say so', async () => {
    const sys = image({
      'checkroot.sh': script('Provides: checkroot', 'Default-Start: S', 'X-Interactive: true'),
      ssh: daemon('ssh', 'Should-Start: rsyslog', 'X-Health-Check: ssh-banner:22'),
      rsyslog: daemon('rsyslog'),
    });
    const { plan } = makePlan(await read(sys));
    const rows = plan ? planRows(plan) : [];
    expect(formatPlan(rows).replaceAll(/ {3,}/g, ' | ')).toMatchInlineSnapshot(`
      "rcS.d/S10 | checkroot.sh | S | waits for nobody, alone: interactive | health: -  built in: the root was checked while unmounted and is read-write
      rc2-5.d/S10 | rsyslog | 2345 | waits for nobody | health: -
      rc2-5.d/S20 | ssh | 2345 | after rsyslog (Should-Start: rsyslog) | health: ssh-banner:22
      stop/K10 | rsyslog | 016 | waits for nobody | health: -
      stop/K10 | ssh | 016 | waits for nobody | health: -
      "
    `);
    expect(parsePlanText(formatPlan(rows))).toEqual(rows.map(({ tier, name, why }) => ({ tier, name, why })));
  });
});
