import { describe, expect, test } from 'vitest';
import { attempt } from '../../../../src/init/health/attempt.ts';
import { parseHealthCheck } from '../../../../src/init/health/health-check.ts';
import type { Reached } from '../../../../src/sys/sys.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { stat } from '../scripted-runs.ts';

async function check(sys: FakeSys, text: string, left = false): Promise<string | undefined> {
  const parsed = parseHealthCheck(text);
  if (!('check' in parsed)) throw new Error(parsed.message);
  return attempt({ sys, hasProcesses: async () => left }, parsed.check.probe, 1000);
}
const said = (answer: string): Reached => ({ ok: true, answer });
const refused: Reached = { ok: false, why: 'connection refused' };

describe('attempt()', () => {
  test.each<[string, string, Reached, string | undefined]>([
    ['tcp:80', '127.0.0.1:80', said(''), undefined],
    ['tcp:80', '127.0.0.1:80', refused, 'connection refused'],
    ["tcp:80 send='PING\\r\\n' expect=+PONG", '127.0.0.1:80', said('+PONG\r\n'), undefined],
    ['tcp:80 send=x expect=+PONG', '127.0.0.1:80', said('-LOADING'), 'answered "-LOADING", which has no "+PONG" in it'],
    ['tcp:80 expect=hello', '127.0.0.1:80', said(''), 'closed without an answer'],
    ['tcp:80 send=x', '127.0.0.1:80', said('anything'), undefined],
    ['tcp:80 send=x', '127.0.0.1:80', said(''), 'closed without an answer'],
    ['udp:53', 'udp 127.0.0.1:53', said(''), undefined],
    ['udp:[::1]:53 send=q', 'udp [::1]:53', refused, 'connection refused'],
    ['unix:/run/x.sock', '/run/x.sock', said(''), undefined],
    ['http:80/up body=ok', '127.0.0.1:80', said('HTTP/1.1 200 OK\r\n\r\nok'), undefined],
    ['http:80/up', '127.0.0.1:80', said('HTTP/1.1 500 No\r\n\r\n'), 'status 500, not 2xx,3xx'],
    ['http:80/up', '127.0.0.1:80', refused, 'connection refused'],
    ['ssh-banner:22', '127.0.0.1:22', said(''), 'closed without a banner'],
  ])('%s of %s that says %j: %s', async (text, target, reached, why) => {
    expect(await check(new FakeSys().reachable(target, reached), text)).toBe(why);
  });

  test('says to the service what it is to say', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:80', said('HTTP/1.1 200 OK\r\n\r\n'));
    await check(sys, 'http:80/up');
    expect(sys.journal.join()).toContain('GET /up HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n');
  });

  test('finds a process by its name, and none that is a zombie or a kernel thread', async () => {
    const sys = new FakeSys()
      .process({ pid: 7, comm: 'nginx' })
      .process({ pid: 8, comm: 'gone' })
      .process({ pid: 9, comm: 'kworker', kernelThread: true })
      .file('/proc/7/stat', stat(7, 'nginx', 1, 1, 1))
      .file('/proc/8/stat', stat(8, 'gone', 1, 1, 1, 'Z'));
    expect(await check(sys, 'process:nginx')).toBeUndefined();
    expect(await check(sys, 'process:gone')).toBe('process gone is a zombie');
    expect(await check(sys, 'process:kworker')).toBe('no process kworker');
  });

  test('asks whether anything of the script is left', async () => {
    expect(await check(new FakeSys(), 'process', true)).toBeUndefined();
    expect(await check(new FakeSys(), 'process')).toBe('none of its processes is left');
  });

  test('makes a value of what goes wrong', async () => {
    const sys = new FakeSys().file('/run/x.pid', '7').fail('read /run/x.pid', 'EIO');
    expect(await check(sys, 'pidfile:/run/x.pid')).toContain('EIO');
  });
});
