import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { healthDefaults, parseHealthCheck } from '../../../../src/init/health/health-check.ts';

const parsed = (text: string) => {
  const result = parseHealthCheck(text);
  return 'check' in result ? result.check : result;
};

describe('parseHealthCheck()', () => {
  test.each([
    ['tcp:22', { kind: 'tcp', host: '127.0.0.1', port: 22 }],
    ['tcp:10.0.0.1:5432', { kind: 'tcp', host: '10.0.0.1', port: 5432 }],
    ['tcp:[::1]:80', { kind: 'tcp', host: '::1', port: 80 }],
    ['tcp:localhost:80', { kind: 'tcp', host: 'localhost', port: 80 }],
    ['ssh-banner:22', { kind: 'ssh-banner', host: '127.0.0.1', port: 22 }],
    ['pidfile:/run/x.pid', { kind: 'pidfile', path: '/run/x.pid' }],
    ['file:/run/ready', { kind: 'file', path: '/run/ready' }],
    ['exec:/bin/true', { kind: 'exec', argv: ['/bin/true'] }],
    ['exec:/bin/sh -c "exit 1" \'a b\' c\\ d', { kind: 'exec', argv: ['/bin/sh', '-c', 'exit 1', 'a b', 'c d'] }],
    ['exec:/bin/echo "say \\"hi\\"" ""', { kind: 'exec', argv: ['/bin/echo', 'say "hi"', ''] }],
    ["tcp:6379 send='PING\\r\\n' expect=+PONG", { kind: 'tcp', host: '127.0.0.1', port: 6379, send: 'PING\r\n', expect: '+PONG' }],
    ['udp:53', { kind: 'udp', host: '127.0.0.1', port: 53 }],
    ["udp:[::1]:53 send='\\x00\\x01' expect=ü", { kind: 'udp', host: '::1', port: 53, send: '\0\x01', expect: '\xc3\xbc' }],
    ['unix:/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['http:80', { kind: 'http', host: '127.0.0.1', port: 80, path: '/', statuses: [2, 3] }],
    ['http:8080/health?full=1 status=200,204', { kind: 'http', port: 8080, path: '/health?full=1', statuses: [200, 204] }],
    ['http://localhost', { kind: 'http', host: 'localhost', port: 80, path: '/' }],
    [
      'http://[::1]:8080/x body="all is well" status=2xx',
      { kind: 'http', host: '::1', port: 8080, path: '/x', statuses: [2], body: 'all is well' },
    ],
    ['process', { kind: 'process' }],
    ['process:prometheus-node-exporter', { kind: 'process', name: 'prometheus-node' }],
  ])('reads %j with the defaults', (text, probe) => {
    expect(parsed(text)).toMatchObject({ probe, ...healthDefaults });
  });

  test('reads the parameters in any order', () => {
    expect(parsed('tcp:22 wanted attempts=3 delay=1s period=2s timeout=500ms')).toMatchObject({
      text: 'tcp:22',
      delayMs: 1000,
      periodMs: 2000,
      timeoutMs: 500,
      attempts: 3,
      wanted: true,
    });
    expect(parsed('tcp:22 delay=0')).toMatchObject({ delayMs: 0 });
  });

  test('takes parameters in between those of the kind, and keeps which were given', () => {
    const check = parsed('http:80/x timeout=2s status=200 wanted body=ok period=1min');
    expect(check).toMatchObject({ text: 'http:80/x', timeoutMs: 2000, wanted: true, probe: { statuses: [200], body: 'ok' } });
    expect(check).toMatchObject({ given: { timeoutMs: 2000, wanted: true, periodMs: 60_000 } });
  });

  test('leaves quoted words and words before an argument to exec', () => {
    expect(parsed('exec:/bin/x timeout=1s arg "wanted" attempts=2')).toMatchObject({
      probe: { argv: ['/bin/x', 'timeout=1s', 'arg', 'wanted'] },
      attempts: 2,
      wanted: false,
      timeoutMs: healthDefaults.timeoutMs,
    });
  });

  test.each([
    ['', 'unknown kind of check ""'],
    ['ping:1.2.3.4', 'unknown kind of check "ping"'],
    ['tcp', '"" is not a port'],
    ['tcp:0', '"0" is not a port'],
    ['tcp:65536', '"65536" is not a port'],
    ['tcp:::1:22', '"::1:22" is not a port'],
    ['pidfile:run/x', '"run/x" is not an absolute path'],
    ['exec:true', '"true" is not an absolute path'],
    ['tcp:22 fast', '"fast" is no parameter'],
    ['tcp:22 attempts=0', 'attempts=0 is not a count'],
    ['tcp:22 timeout=soon', 'timeout=soon is not a span of time'],
    ['tcp:22 status=200', '"status=200" is no parameter'],
    ["tcp:22 send='\\q'", 'send=\\q is no text to send'],
    ['tcp:22 expect=', 'expect= is no text to expect'],
    ['http:x', '"x" is nothing to ask by HTTP'],
    ['http:80 status=99', 'status=99 is no list of statuses'],
    ['http:80 status=200,', 'status=200, is no list of statuses'],
    ['http:80 timeout=never status=200', 'timeout=never is not a span of time'],
    ['process:/usr/sbin/x', '"/usr/sbin/x" is not the name of a process'],
    ['unix:x', '"x" is not an absolute path'],
    ['exec:/bin/x "open', 'a quote is not closed'],
  ])('refuses %j', (text, message) => {
    expect(parsed(text)).toMatchObject({ message });
  });

  test('names every kind when it does not know one', () => {
    const fault = parsed('https://x');
    for (const kind of ['tcp:', 'udp:', 'unix:', 'http:', 'process', 'ssh-banner:', 'pidfile:', 'file:', 'exec:'])
      expect(fault).toMatchObject({ accepted: expect.stringContaining(kind) });
  });

  test('never throws, and gives back the words that were quoted', { timeout: 30_000 }, () => {
    const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (words) => {
        expect(parsed(['exec:/bin/x', ...words.map(quote)].join(' '))).toMatchObject({ probe: { argv: ['/bin/x', ...words] } });
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseHealthCheck(text)));
  });
});
