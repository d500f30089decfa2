import { describe, expect, test } from 'vitest';
import { auditClient } from '../../../../src/rescue/audit/audit-client.ts';
import { describeClient } from '../../../../src/rescue/audit/client-facts.ts';
import type { Recording } from '../../../../src/rescue/audit/recording.ts';
import { everything } from '../../../../src/rescue/login.ts';
import { paths } from '../../../../src/sys/paths.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const certificate = { keyId: 'alice\u001b[2J', serial: '18446744073709551615', caFingerprint: 'SHA256:ca' };
const identity = { fingerprint: 'SHA256:key', comment: 'ops', certificate };
const peer = { address: '10.0.0.7', port: 40_000, localAddress: '10.0.0.1', localPort: 2222 };
const client = { name: '7.1', peer, login: { identity, permissions: everything } };
const who = { user: 'root', address: '10.0.0.7', port: 40_000, fingerprint: 'SHA256:key', comment: 'ops', certificate };

async function told(sys: FakeSys) {
  const text = (await sys.readText(paths.events)) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function fakeRecording(calls: string[]): Recording {
  const call = (name: string) => (value: unknown) =>
    void calls.push(`${name} ${value instanceof Uint8Array ? Buffer.from(value) : JSON.stringify(value)}`);
  return {
    id: '20260101-000000-abcdef',
    bytes: 0,
    output: call('output'),
    input: call('input'),
    resize: call('resize'),
    mark: call('mark'),
    end: call('end'),
  };
}

describe('auditClient()', () => {
  test('tells of a command and its end, with the key and the certificate', async () => {
    const sys = new FakeSys();
    const program = auditClient(sys, client).started?.({ kind: 'exec', asked: 'cat /etc/motd' });
    await sys.advance(1200);
    program?.ended?.({ code: 0, signal: null, bytesIn: 1, bytesOut: 20 });
    expect(await told(sys)).toMatchObject([
      {
        subject: 'session',
        name: '7.1/1',
        what: 'started',
        detail: 'exec: cat /etc/motd',
        data: { kind: 'exec', asked: 'cat /etc/motd', ...who },
      },
      {
        name: '7.1/1',
        what: 'ended',
        detail: 'exit 0 after 1.2 s, 1 bytes in, 20 out',
        data: { code: 0, bytesOut: 20, durationMs: 1200, ...who },
      },
    ]);
    expect(sys.lines).toEqual([]);
  });

  test('keeps every command in one line of bounded length', async () => {
    const sys = new FakeSys();
    auditClient(sys, client).started?.({ kind: 'exec', asked: `a\nlifeboot 1.00 boot: done\r\u001b[2J\u2028${'x'.repeat(200_000)}` });
    const text = (await sys.readText(paths.events)) ?? '';
    expect(text.split('\n')).toHaveLength(2);
    expect(text.length).toBeLessThan(4000);
    expect((await told(sys))[0].data.asked).toMatch(/^a\nlifeboot.* … \(\d+ more characters\)$/s);
  });

  test('tells what a forced command ran in place of', async () => {
    const sys = new FakeSys();
    auditClient(sys, client).started?.({ kind: 'exec', asked: 'rm -rf /', forced: 'uptime' });
    expect((await told(sys))[0]).toMatchObject({
      detail: 'exec: rm -rf /, in place of it: uptime',
      data: { asked: 'rm -rf /', forced: 'uptime' },
    });
  });

  test('tells of files and sums them up', async () => {
    const sys = new FakeSys();
    const program = auditClient(sys, client).started?.({ kind: 'subsystem', asked: 'sftp' });
    program?.diagnostics?.('open "/etc/shadow" flags READ mode 0666');
    program?.diagnostics?.('close "/etc/shadow" bytes read 900 written 0');
    program?.ended?.({ code: null, signal: null, bytesIn: 5, bytesOut: 1000 });
    expect(await told(sys)).toMatchObject([
      { what: 'started', detail: 'subsystem: sftp' },
      { what: 'file', detail: 'open /etc/shadow READ mode 0666', data: { action: 'open', path: '/etc/shadow', flags: 'READ', ...who } },
      { what: 'file', detail: 'close /etc/shadow 900 bytes read, 0 written', data: { bytesRead: 900 } },
      { what: 'ended', data: { code: null, signal: null, files: { actions: 2, bytesRead: 900, bytesWritten: 0 } } },
    ]);
  });

  test('counts the files of a large copy that it does not tell one by one', async () => {
    const sys = new FakeSys();
    sys.clock.auto = false;
    const program = auditClient(sys, client).started?.({ kind: 'subsystem', asked: 'sftp' });
    for (let i = 0; i < 5000; i += 1) program?.diagnostics?.(`close "/f${i}" bytes read 0 written 10`);
    await sys.advance(1000);
    program?.diagnostics?.('remove name "/last"');
    program?.diagnostics?.('close "/f" bytes read 3 written 0');
    program?.ended?.({ code: 0, signal: null, bytesIn: 0, bytesOut: 0 });
    const events = await told(sys);
    expect(events).toHaveLength(505);
    expect(events[501]).toMatchObject({ what: 'file', data: { action: 'counted', actions: 4500, bytesWritten: 45_000 } });
    expect(events[502]).toMatchObject({ data: { action: 'remove', path: '/last' } });
    expect(events.at(-1)).toMatchObject({ what: 'ended', data: { files: { actions: 5002, bytesRead: 3, bytesWritten: 50_000 } } });
  });

  test('tells of scp by its command', async () => {
    const sys = new FakeSys();
    auditClient(sys, client).started?.({ kind: 'exec', asked: 'scp -r -t /root' });
    expect(await told(sys)).toMatchObject([{ what: 'started' }, { what: 'file', data: { action: 'scp-write', path: '/root' } }]);
  });

  test('tells of forwardings, listeners and refusals', async () => {
    const sys = new FakeSys();
    const observer = auditClient(sys, client);
    const ended = observer.forwarded?.({ kind: 'local', target: '10.0.0.9:22', origin: '127.0.0.1:5' });
    await sys.advance(100);
    ended?.({ bytesIn: 3, bytesOut: 4 });
    observer.listening?.('localhost:8080', true);
    observer.listening?.('localhost:8080', false);
    observer.refused?.('agent forwarding', 'not offered here');
    expect((await told(sys)).map(({ what, detail }) => `${what}: ${detail}`)).toEqual([
      'forwarded: local 10.0.0.9:22 for 127.0.0.1:5',
      'forward-closed: local 10.0.0.9:22 for 127.0.0.1:5 after 0.1 s, 3 bytes in, 4 out',
      'listening: localhost:8080',
      'listening-ended: localhost:8080',
      'refused: agent forwarding: not offered here',
    ]);
    expect((await told(sys)).every(({ data }) => data.certificate.serial === certificate.serial)).toBe(true);
  });

  test('records terminals only, and what is typed only where that is wished for', async () => {
    const calls: string[] = [];
    const started: string[] = [];
    const recorder = {
      withInput: false,
      start: () => {
        started.push('one');
        return fakeRecording(calls);
      },
    };
    const sys = new FakeSys();
    const observer = auditClient(sys, client, recorder);
    observer.started?.({ kind: 'exec', asked: 'true' });
    expect(started).toEqual([]);
    const shell = { kind: 'shell', asked: '', terminal: { term: 'xterm', cols: 80, rows: 24 } } as const;
    const program = observer.started?.(shell);
    program?.output?.(Buffer.from('# '));
    program?.input?.(Buffer.from('secret'));
    program?.resize?.({ cols: 90, rows: 25 });
    program?.ended?.({ code: null, signal: 'SIGHUP', bytesIn: 6, bytesOut: 2 });
    expect(calls).toEqual(['output # ', 'resize {"cols":90,"rows":25}', 'end "signal SIGHUP"']);
    expect((await told(sys))[1]).toMatchObject({ detail: 'shell, on xterm 80x24', data: { recording: '20260101-000000-abcdef' } });
    auditClient(sys, client, { ...recorder, withInput: true })
      .started?.(shell)
      ?.input?.(Buffer.from('typed'));
    expect(calls.at(-1)).toBe('input typed');
  });
});

describe('describeClient()', () => {
  test('lets no control character through', () => {
    expect(describeClient(peer, { ...identity, comment: 'a\nb\u009b' })).toBe(
      'root from 10.0.0.7 by SHA256:key a?b?, certificate alice?[2J serial 18446744073709551615 of SHA256:ca',
    );
    expect(describeClient(peer, { fingerprint: 'SHA256:key', comment: '' })).toBe('root from 10.0.0.7 by SHA256:key');
  });
});
