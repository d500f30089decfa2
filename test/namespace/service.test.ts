import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newDaemon } from '../../src/init/health/daemon-state.ts';
import { followRow } from '../../src/init/health/follow-rows.ts';
import { operateScript } from '../../src/init/operate/operate-script.ts';
import { watchNotices } from '../../src/init/operate/watch-notices.ts';
import { processesOf } from '../../src/init/processes/script-processes.ts';
import { createHandAgent, type HandAgent } from './hand-agent.ts';
import { eventually } from './tier-machine.ts';

const hook = resolve(import.meta.dirname, '../../src/stage1/notice-script');
const run = promisify(execFile);

let agent: HandAgent;
let watching: AsyncDisposable;
beforeEach(async () => {
  agent = createHandAgent();
  watching = await watchNotices(agent.context);
});
afterEach(async () => {
  await watching[Symbol.asyncDispose]();
  agent.machine[Symbol.dispose]();
});

/**
 * Runs a program in a mount namespace in which the machine's directories are where an image has them, with Debian's own service,
 * invoke-rc.d and init-functions. What it prints, its exit code in front.
 */
async function beside(argv: readonly string[], options: { readonly policy?: number; readonly readOnly?: boolean } = {}): Promise<string> {
  const { root } = agent.machine;
  mkdirSync(`${root}/sbin`, { recursive: true });
  mkdirSync(`${root}/hooks`, { recursive: true });
  mkdirSync(`${root}/run/cgroup/lifeboot`, { recursive: true });
  mkdirSync(`${root}/run/bin`, { recursive: true });
  copyFileSync(agent.machine.paths.busybox, `${root}/run/bin/busybox`);
  writeFileSync(`${root}/sbin/runlevel`, '#!/bin/sh\necho N 2\n', { mode: 0o755 });
  writeFileSync(`${root}/sbin/policy-rc.d`, `#!/bin/sh\nexit ${options.policy ?? 104}\n`, { mode: 0o755 });
  writeFileSync(`${root}/hooks/50-lifeboot`, readFileSync(hook));
  const { cgroups } = agent.machine.paths;
  const mounts = [
    'mkdir -p /run/lifeboot',
    `mount -t overlay -o lowerdir=${root}/sbin:/usr/sbin overlay /usr/sbin`,
    `mount -t overlay -o lowerdir=${root}/hooks:/lib/lsb/init-functions.d overlay /lib/lsb/init-functions.d`,
    ...['init.d', 'rc2.d', 'rcS.d'].map((name) => `mount --bind ${root}/etc/${name} /etc/${name}`),
    `mount --bind ${root}/run /run/lifeboot`,
    ...(existsSync(cgroups) ? [`mount --rbind ${cgroups} /run/lifeboot/cgroup/lifeboot`] : []),
    ...(options.readOnly ? [readOnly('notices'), readOnly('cgroup/lifeboot')] : []),
    'exec "$@"',
  ];
  const ended = await run('unshare', ['--mount', 'sh', '-ec', mounts.join('\n'), 'sh', ...argv]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return `${ended.code} ${ended.stdout}${ended.stderr}`.trim();
}

/** Where nothing can be written or made, but everything seems to be there. */
const readOnly = (name: string): string =>
  `mount -t tmpfs none /run/lifeboot/${name}; : >/run/lifeboot/${name}/cgroup.procs; mount -o remount,ro /run/lifeboot/${name}`;

/**
 * A daemon that forks off, with its pid file, as start-stop-daemon does it; `$1` is written to the log. busybox takes its own run-parts
 * for Debian's, so init-functions finds no hook in it.
 */
function daemon(name: string, shell = '/bin/sh', link = 'rc2.d/S01'): void {
  const { machine } = agent;
  const ours = '/lib/lsb/init-functions.d/50-lifeboot';
  const [log, pid] = [`${machine.root}/log`, `${machine.root}/tmp/${name}.pid`];
  machine.script(
    `${link}${name}`,
    `${shell.startsWith('/bin/busybox') ? `[ ! -e ${ours} ] || . ${ours}` : '. /lib/lsb/init-functions'}
echo $1 >>${log}
case $1 in
  stop) start-stop-daemon --stop --quiet --oknodo --pidfile ${pid} --retry 5; rm -f ${pid} ;;
  start) start-stop-daemon --start --quiet --background --make-pidfile --pidfile ${pid} --exec /bin/sleep -- 98654 ;;
  restart) $0 stop; $0 start ;;
  fail) exit 7 ;;
  args) shift; echo "$# $*"; set; ;;
esac`,
  );
  const path = `${machine.root}/etc/init.d/${name}`;
  writeFileSync(path, readFileSync(path, 'utf8').replace('/bin/sh', shell), { mode: 0o755 });
}
const settled = (status: string, by: RegExp, name = 'd') =>
  eventually(() => agent.row(name)?.status === status && by.test(agent.row(name)?.by ?? ''));
const untilOn = () => `until [ -e ${agent.machine.root}/on ]; do sleep 0.1; done`;
const notices = () => readdirSync(agent.machine.paths.notices);

describe.each(['/bin/dash', '/bin/bash', '/bin/busybox sh'])('notice-script in %s', (shell) => {
  test('tells of what service(8) does, once for a script that calls itself, and the row follows', async () => {
    daemon('d', shell);
    await agent.boot();
    expect(await beside(['service', 'd', 'stop'])).toBe('0');
    await settled('stopped', /^\S+ \(pid \d+\)$/);
    expect(await beside(['service', 'd', 'restart'])).toBe('0');
    await settled('started', /^\S+ \(pid \d+\)$/);
    await eventually(() => notices().length === 0);
    expect(agent.events().filter((line) => !/asked|^d (started|done)$/.test(line))).toEqual([
      expect.stringMatching(/^d stopped by \S+ \(pid \d+\)$/),
      expect.stringMatching(/^d restarted by \S+ \(pid \d+\)$/),
    ]);
    await beside(['service', 'd', 'stop']);
  });

  test('leaves words, arguments, variables and exit status of the script as they are', async () => {
    daemon('d', shell);
    const quiet = await beside(['/etc/init.d/d', 'args', 'a b', 'c']);
    expect(quiet).toMatch(/^0 2 a b c\n/);
    expect(quiet).not.toContain('__lifeboot');
    expect(await beside(['/etc/init.d/d', 'fail'])).toMatch(/^7/);
    expect(await beside(['/etc/init.d/d', 'status'])).toBe('0');
    expect(agent.events()).toEqual([]);
  });
});

test.each(['/bin/dash', '/bin/bash', '/bin/busybox sh'])(
  'notice-script in %s never ends a script that ends at the first error',
  async (shell) => {
    daemon('d', shell);
    const path = `${agent.machine.root}/etc/init.d/d`;
    writeFileSync(path, readFileSync(path, 'utf8').replace('\n', '\nset -eu\n'), { mode: 0o755 });
    expect(await beside(['/etc/init.d/d', 'stop'], { readOnly: true })).toBe('0');
    expect(await beside(['/etc/init.d/d', 'stop'])).toBe('0');
    expect(agent.machine.log()).toEqual(['stop', 'stop']);
  },
);

describe('a script that is run beside lifeboot', () => {
  test('has its daemon in its cgroup, and so does a script that was not there before', async () => {
    await agent.boot();
    daemon('d', '/bin/sh', 'rc3.d/S01');
    await beside(['/etc/init.d/d', 'start']);
    await settled('started', /pid/);
    expect(agent.state().byHand).toMatchObject([{ name: 'd', status: 'started' }]);
    const { sys, paths } = agent.machine;
    // Its pid file is there before the program is.
    const commands = async () => (await processesOf(sys, paths, 'd')).map(({ argv }) => argv.join(' '));
    await expect.poll(commands, { timeout: 10_000 }).toEqual(['/bin/sleep 98654']);
    await beside(['/etc/init.d/d', 'stop']);
    await settled('stopped', /pid/);
  });

  test('is told of by invoke-rc.d, which asks policy-rc.d; lifeboot itself does not, for somebody wants just this', async () => {
    daemon('d');
    await agent.boot();
    expect(await beside(['invoke-rc.d', 'd', 'stop'])).toBe('0');
    await settled('stopped', /^invoke-rc\.d \(pid \d+\)$/);
    expect(await beside(['invoke-rc.d', 'd', 'start'], { policy: 101 })).toMatch(/denied/);
    expect(agent.row('d')?.status).toBe('stopped');
    expect(await operateScript(agent.context, { script: 'd', action: 'start', by: 'me' })).toMatchObject({ status: 'started' });
    await operateScript(agent.context, { script: 'd', action: 'stop', by: 'me' });
  });

  test('is what is wanted: the monitor does not bring back what was stopped, and does what was started', async () => {
    daemon('d');
    await agent.boot();
    const up = newDaemon('d', 'daemon', agent.machine.sys.uptimeMs());
    await beside(['service', 'd', 'stop']);
    await settled('stopped', /pid/);
    const down = followRow(up, agent.row('d'), agent.machine.sys.uptimeMs());
    expect(down).toMatchObject({ wanted: false, reason: expect.stringMatching(/^stopped by \S+ \(pid \d+\)$/) });
    await beside(['service', 'd', 'start']);
    await settled('started', /pid/);
    expect(followRow(down, agent.row('d'), agent.machine.sys.uptimeMs())).toMatchObject({ wanted: true });
    await beside(['service', 'd', 'stop']);
    await settled('stopped', /pid/);
  });

  test('is not told of when lifeboot runs it', async () => {
    daemon('d');
    await operateScript(agent.context, { script: 'd', action: 'restart', by: 'me' });
    await operateScript(agent.context, { script: 'd', action: 'stop', by: 'me' });
    expect(agent.machine.log()).toEqual(['restart', 'stop', 'start', 'stop']);
    expect(agent.events().map((line) => line.replace(/ \(pid.*/, ''))).toEqual([
      'd asked restart by me',
      'd restarted by me',
      'd asked stop by me',
      'd stopped by me',
    ]);
  });

  test('keeps its turn: what lifeboot is asked meanwhile waits for its end', async () => {
    const { root } = agent.machine;
    agent.machine.script(
      'rc2.d/S01slow',
      `. /lib/lsb/init-functions\necho $1 begins >>${root}/log; [ $1 = start ] || ${untilOn()}; echo $1 ends >>${root}/log`,
    );
    await agent.boot();
    const beginning = beside(['service', 'slow', 'stop']);
    await eventually(() => agent.row('slow')?.status === 'stopping');
    const asked = operateScript(agent.context, { script: 'slow', action: 'start', by: 'me' });
    await eventually(() => agent.state().operations?.some(({ outcome }) => outcome === undefined) === true);
    writeFileSync(`${root}/on`, '');
    await Promise.all([asked, beginning]);
    expect(agent.machine.log()).toEqual(['start begins', 'start ends', 'stop begins', 'stop ends', 'start begins', 'start ends']);
    expect(agent.row('slow')).toMatchObject({ status: 'started', by: 'me' });
  });

  test('is gone on with by the next agent when the one that noticed it died', async () => {
    const { root } = agent.machine;
    agent.machine.script('rc2.d/S01slow', `. /lib/lsb/init-functions\necho $1 >>${root}/log; [ $1 = start ] || ${untilOn()}`);
    await agent.boot();
    const stopping = beside(['service', 'slow', 'stop']);
    await eventually(() => agent.row('slow')?.status === 'stopping');
    await watching[Symbol.asyncDispose]();
    expect(notices()).toHaveLength(1);
    watching = await watchNotices(agent.successor());
    writeFileSync(`${root}/on`, '');
    await settled('stopped', /pid/, 'slow');
    await stopping;
    await eventually(() => notices().length === 0);
  });

  test('leaves a script that the boot has yet to start to the boot', async () => {
    daemon('early');
    agent.machine.script(
      'rcS.d/S01caller',
      `touch ${agent.machine.root}/called; while [ -e ${agent.machine.root}/called ]; do sleep 0.1; done`,
    );
    const booting = agent.boot();
    await eventually(() => existsSync(`${agent.machine.root}/called`));
    await beside(['service', 'early', 'restart']);
    await eventually(() => notices().length === 0);
    expect(agent.row('early')?.status).toBe('waiting');
    await agent.machine.sys.remove(`${agent.machine.root}/called`);
    await booting;
    expect(agent.machine.log()).toEqual(['restart', 'stop', 'start', 'start']);
    await beside(['service', 'early', 'stop']);
  });
});
