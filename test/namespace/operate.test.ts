import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { operateAnswers } from '../../src/init/operate/answer-operate.ts';
import type { OperateContext } from '../../src/init/operate/operate-context.ts';
import { operateScript, resumeOperations } from '../../src/init/operate/operate-script.ts';
import type { HandAction } from '../../src/init/operate/operation.ts';
import { createHandAgent, type HandAgent } from './hand-agent.ts';
import { eventually, type TierMachine } from './tier-machine.ts';

let agent: HandAgent;
let machine: TierMachine;
beforeEach(() => {
  agent = createHandAgent();
  machine = agent.machine;
});
afterEach(() => {
  machine[Symbol.dispose]();
});

const ask = (context: OperateContext, script: string, action: HandAction, ticket?: string) =>
  operateScript(context, { script, action, by: 'me', ...(ticket === undefined ? {} : { ticket }) });
const row = (name: string) => agent.row(name);

describe('operateScript() with real scripts', () => {
  test('runs each action, tells who asked, keeps what it said, and the exit code of LSB', async () => {
    machine.script('rc2.d/S01d', 'echo "$1 said"; case $1 in reload) exit 3 ;; esac');
    const { context } = agent;
    await agent.boot();
    expect(await ask(context, 'd', 'stop')).toMatchObject({ status: 'stopped', exitCode: 0 });
    expect(row('d')).toMatchObject({ status: 'stopped', by: 'me' });
    expect(await ask(context, 'd', 'restart')).toMatchObject({ status: 'restarted', exitCode: 0 });
    expect(row('d')).toMatchObject({ status: 'started', by: 'me' });
    expect(await ask(context, 'd', 'reload')).toMatchObject({ status: 'failed', exitCode: 3 });
    expect(row('d')).toMatchObject({ status: 'started', exitCode: 0 });
    expect(machine.output('d.hand').replaceAll(/ at \S+/g, '')).toBe(
      '-- stop by me\nstop said\n-- restart by me\nrestart said\n-- reload by me\nreload said\n',
    );
    expect(agent.events().slice(2)).toEqual([
      'd asked stop by me',
      'd stopped by me',
      'd asked restart by me',
      'd restarted by me',
      'd asked reload by me',
      'd failed reload by me: exit 3: action not implemented',
    ]);
    expect(machine.lines).toContain('d: reload said');
  });

  test('gives a script what service(8) gives it, and not the marks of a run level', async () => {
    machine.script('rc2.d/S01env', 'env | sort | grep -vE "^(_|OLDPWD|PWD|SHLVL)="');
    await ask(agent.context, 'env', 'start');
    expect(machine.output('env.hand').split('\n').slice(1, -1)).toEqual(['HOME=/', 'PATH=/sbin:/usr/sbin:/bin:/usr/bin', 'TERM=linux']);
  });

  test("never runs two actions of one script at once, be they by hand or the boot's own", async () => {
    const { root } = machine;
    machine.script('rc2.d/S01d', `mkdir ${root}/lock || echo clash >>${root}/log; sleep 0.2; echo $1 >>${root}/log; rmdir ${root}/lock`);
    const { context } = agent;
    const booting = agent.boot();
    await eventually(() => row('d')?.status === 'starting');
    await Promise.all([booting, ask(context, 'd', 'stop'), ask(context, 'd', 'restart'), ask(context, 'd', 'stop')]);
    const log = machine.log();
    expect(log.toSorted()).toEqual(['restart', 'start', 'stop', 'stop']);
    expect(row('d')?.status).toBe(log.at(-1) === 'stop' ? 'stopped' : 'started');
  });

  test('ends an action that takes too long, names what it waited for, and lets the next one in', async () => {
    machine.script('rc2.d/S01d', 'case $1 in stop) sleep 98761 ;; esac');
    const context = agent.successor({ stopTimeoutMs: 2000 });
    expect(await ask(context, 'd', 'stop')).toMatchObject({
      status: 'timed-out',
      exitCode: 1,
      detail: expect.stringMatching(/^not done after 2 s; it waited for sleep 98761 \(pid \d+/),
    });
    expect(await ask(context, 'd', 'start')).toMatchObject({ status: 'started' });
    await eventually(() => machine.processes('sleep 98761').length === 0);
  });

  test('leaves the daemon alone when a reload takes too long', async () => {
    machine.script(
      'rc2.d/S01d',
      'case $1 in reload) sleep 98762 ;; start) (setsid sleep 98763 &) ;; stop) pkill -f "[s]leep 98763" ;; esac',
    );
    const context = agent.successor({ startTimeoutMs: 2000 });
    await ask(context, 'd', 'start');
    await eventually(() => machine.processes('sleep 98763').length === 1);
    expect(await ask(context, 'd', 'reload')).toMatchObject({ status: 'timed-out' });
    expect([machine.processes('sleep 98762'), machine.processes('sleep 98763')]).toMatchObject([[], { length: 1 }]);
    await ask(context, 'd', 'stop');
    await eventually(() => machine.processes('sleep 98763').length === 0);
  });

  test('refuses what is no script, with the nearest name, what is built in, and what a wish is no more', async () => {
    machine.script('rc2.d/S01haproxy', 'exit 0');
    machine.script('rc2.d/S01sendsigs', 'exit 0');
    const { context } = agent;
    expect(await ask(context, 'haprxoy', 'start')).toEqual({
      refused: '"haprxoy": no such script in /etc/init.d; did you mean haproxy?',
      exitCode: 5,
    });
    expect(await ask(context, '../init.d/haproxy', 'start')).toMatchObject({ exitCode: 5 });
    expect(await ask(context, 'sendsigs', 'stop')).toMatchObject({
      refused: expect.stringContaining('spares the rescue door'),
      exitCode: 1,
    });
    const unless = () => 'it was stopped on purpose';
    const request = { script: 'haproxy', action: 'restart', by: 'the monitor', unless } as const;
    expect(await operateScript(context, request)).toEqual({ refused: 'it was stopped on purpose', exitCode: 1 });
    expect(agent.state().operations?.map(({ outcome }) => outcome?.status)).toEqual(['failed']);
  });

  test('starts a script that no tier has, and shows it apart', async () => {
    machine.script('rc2.d/S01d', 'exit 0');
    const { context } = agent;
    await agent.boot();
    machine.script('rc3.d/S01new', 'exit 0');
    await ask(context, 'new', 'start');
    expect(agent.state().byHand).toMatchObject([{ name: 'new', status: 'started', by: 'me' }]);
  });
});

describe('a held boot', () => {
  const failing = () => `echo $1 >>${machine.root}/log; [ -e ${machine.root}/mended ]`;
  const hold = '### BEGIN INIT INFO\n# Provides: d\n# X-On-Failure: hold\n### END INIT INFO\n';
  const mend = () => machine.sys.writeAtomic(`${machine.root}/mended`, '');

  test('goes on after its script was started by hand, without starting it again', async () => {
    machine.script('rc2.d/S01d', `${hold}${failing()}`);
    machine.script('rc2.d/S02next', `echo next >>${machine.root}/log`);
    const { context } = agent;
    expect(await agent.boot()).toMatchObject({ kind: 'held' });
    expect(await ask(context, 'd', 'start')).toMatchObject({ status: 'failed', exitCode: 1 });
    await mend();
    expect(await ask(context, 'd', 'start')).toMatchObject({ status: 'started' });
    expect(await agent.boot(true)).toEqual({ kind: 'done' });
    expect(machine.log()).toEqual(['start', 'start', 'start', 'next']);
  });

  test('does not start a script of a later tier that somebody has started meanwhile', async () => {
    machine.script('rc2.d/S01d', `${hold}${failing()}`);
    machine.script('rc2.d/S02next', `echo next >>${machine.root}/log`);
    const { context } = agent;
    await agent.boot();
    await ask(context, 'next', 'start');
    await mend();
    await agent.boot(true);
    expect(machine.log()).toEqual(['start', 'next', 'start']);
    expect(row('next')).toMatchObject({ status: 'started', by: 'me' });
  });
});

describe('an agent that died', () => {
  test('is followed by one that joins what runs and does what waited, each once', async () => {
    const { root } = machine;
    machine.script('rc2.d/S01d', `echo "$1 begins" >>${root}/log; sleep 1; echo "$1 ends" >>${root}/log`);
    const dead = new AbortController();
    const first = agent.successor({ signal: dead.signal });
    void ask(first, 'd', 'start', 'one');
    await eventually(() => machine.log().length === 1);
    // Asked, and on record, but its turn has not come.
    await first.change((old) => ({
      ...old,
      operations: [...(old.operations ?? []), { number: 2, script: 'd', action: 'stop', by: 'me', ticket: 'two', askedMs: 1 }],
    }));
    dead.abort();
    const second = agent.successor();
    await resumeOperations(second);
    const answers = operateAnswers(second);
    const request = { op: 'operate', script: 'd', by: 'me' };
    expect(await answers['operate']?.({ ...request, action: 'start', ticket: 'one' })).toMatchObject({ outcome: { status: 'started' } });
    expect(await answers['operate']?.({ ...request, action: 'stop', ticket: 'two' })).toMatchObject({ outcome: { status: 'stopped' } });
    expect(await answers['operate']?.({ ...request, action: 'stop', ticket: 'two' })).toMatchObject({ outcome: { status: 'stopped' } });
    expect(machine.log()).toEqual(['start begins', 'start ends', 'stop begins', 'stop ends']);
    expect(row('d')?.status).toBe('stopped');
  });
});

describe('operateAnswers()', () => {
  test('orders several names by the plan and refuses all when one is unknown', async () => {
    machine.script('rcS.d/S01a', 'exit 0');
    machine.script('rc2.d/S01b', 'exit 0');
    const answers = operateAnswers(agent.context);
    expect(await answers['order']?.({ action: 'stop', scripts: ['a', 'b', 'a'] })).toEqual({ groups: [['b'], ['a']] });
    expect(await answers['order']?.({ action: 'stop', scripts: ['a', 'bb'] })).toEqual({
      error: '"bb": no such script in /etc/init.d; did you mean b?',
      exitCode: 5,
    });
    expect(await answers['order']?.({ action: 'destroy', scripts: ['a'] })).toMatchObject({ exitCode: 2 });
  });

  test('tells who needs what was stopped', async () => {
    machine.script('rc2.d/S01db', 'echo bye');
    machine.script('rc2.d/S02web', '### BEGIN INIT INFO\n# Provides: web\n# Required-Start: db\n### END INIT INFO\nexit 0');
    const { context } = agent;
    await agent.boot();
    const request = { op: 'operate', action: 'stop', script: 'db', by: 'me', ticket: 't' };
    expect(await operateAnswers(context)['operate']?.(request)).toMatchObject({
      outcome: { status: 'stopped', exitCode: 0 },
      output: ['bye'],
      neededBy: ['web'],
    });
  });
});
