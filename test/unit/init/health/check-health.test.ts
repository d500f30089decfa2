import { describe, expect, test } from 'vitest';
import { checkHealth } from '../../../../src/init/health/check-health.ts';
import { parseHealthCheck } from '../../../../src/init/health/health-check.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { stat } from '../scripted-runs.ts';

async function check(sys: FakeSys, texts: readonly string[], timeoutMs = 60_000, signal?: AbortSignal) {
  const checks = texts.map((text) => {
    const parsed = parseHealthCheck(text);
    if (!('check' in parsed)) throw new Error(parsed.message);
    return { script: 'demo', check: parsed.check };
  });
  return checkHealth(sys, checks, { timeoutMs, hasProcesses: async () => false, ...(signal && { signal }) });
}
const refused = { ok: false, why: 'connection refused' } as const;

describe('checkHealth()', () => {
  test('tries until it is healthy, a period apart', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:80', refused, { times: 2 }).reachable('127.0.0.1:80', { ok: true, answer: '' });
    const beganMs = sys.uptimeMs();
    expect(await check(sys, ['tcp:80 period=3s delay=1s'])).toEqual([
      { script: 'demo', check: 'tcp:80', healthy: true, detail: '', wanted: false },
    ]);
    expect(sys.uptimeMs() - beganMs).toBe(7000);
    expect(sys.events).toEqual(['health demo healthy']);
  });

  test('gives up after its attempts, with the last reason', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:80', refused);
    expect(await check(sys, ['tcp:80 attempts=3 wanted'])).toMatchObject([
      { healthy: false, detail: 'connection refused, 3 attempts', wanted: true },
    ]);
    expect(sys.events).toEqual(['health demo unhealthy']);
  });

  test('makes all checks at once and ends them at the deadline', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:1', refused).reachable('127.0.0.1:2', { ok: true, answer: '' }, { takesMs: 90_000 });
    const beganMs = sys.uptimeMs();
    const results = await check(sys, ['tcp:1 attempts=999', 'tcp:2 timeout=80s', 'tcp:3 delay=2min'], 10_000);
    expect(sys.uptimeMs() - beganMs).toBe(10_000);
    expect(results.map(({ healthy }) => healthy)).toEqual([false, false, false]);
    expect(results[2]?.detail).toBe('no time left for an attempt');
  });

  test.each([
    ['SSH-2.0-OpenSSH_9.2\r\n', true],
    ['Welcome\r\nSSH-2.0-x\r\n', true],
    ['220 mail\r\n', false],
    ['', false],
  ])('takes the banner %j of an ssh-banner check as healthy: %s', async (banner, healthy) => {
    const sys = new FakeSys().reachable('127.0.0.1:22', { ok: true, answer: banner });
    expect(await check(sys, ['ssh-banner:22 attempts=1'])).toMatchObject([{ healthy }]);
  });

  test.each<[string, string, (sys: FakeSys) => FakeSys]>([
    ['/run/x.pid does not exist', '', (sys) => sys],
    ['/run/x.pid holds "soon", not a process id', 'soon', (sys) => sys],
    ['no process 77, which /run/x.pid names', '77\n', (sys) => sys],
    ['process 77 of /run/x.pid is a zombie', ' 77', (sys) => sys.file('/proc/77/stat', stat(77, 'a) b', 1, 1, 1, 'Z'))],
    ['', '77\nmore', (sys) => sys.file('/proc/77/stat', stat(77, 'a) Z', 1, 1, 1))],
  ])('judges a pid file: %j', async (why, text, world) => {
    const sys = world(text === '' ? new FakeSys() : new FakeSys().file('/run/x.pid', text));
    expect(await check(sys, ['pidfile:/run/x.pid attempts=1'])).toMatchObject([{ healthy: why === '', detail: why }]);
  });

  test('judges a program by its exit code, without a shell', async () => {
    const sys = new FakeSys().answer('/bin/check a b', { code: 2, stderr: 'not yet\n' }, { times: 1 }).answer('/bin/check a b');
    expect(await check(sys, ['exec:/bin/check "a b" attempts=1'])).toMatchObject([{ healthy: false, detail: 'exit 2, said "not yet"' }]);
    expect(await check(sys, ['exec:/bin/check "a b" attempts=1'])).toMatchObject([{ healthy: true }]);
  });

  test('says when a program did not answer in time, or is not there', async () => {
    const sys = new FakeSys().answer('/bin/slow', { takesMs: Number.POSITIVE_INFINITY }).fail('run /bin/none', 'ENOENT');
    expect(await check(sys, ['exec:/bin/slow timeout=2s attempts=1'])).toMatchObject([{ detail: 'no answer within 2 s' }]);
    expect(await check(sys, ['exec:/bin/none attempts=1'])).toMatchObject([{ healthy: false, detail: expect.stringContaining('ENOENT') }]);
  });

  test('ends early when it is called off', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:1', refused);
    const stop = new AbortController();
    void sys.sleep(1500).then(() => stop.abort());
    await check(sys, ['tcp:1'], 60_000, stop.signal);
    expect(sys.uptimeMs()).toBeLessThan(5000);
  });
});
