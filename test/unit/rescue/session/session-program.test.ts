import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanTerm, isWelcomeVariable, planSession } from '../../../../src/rescue/session/session-program.ts';
import { formatSshSignal, parseSshSignal } from '../../../../src/rescue/session/ssh-signal.ts';

const peer = { address: '10.0.2.2', port: 50_000, localAddress: '10.0.2.15', localPort: 2222 };
const place = { shell: ['/run/lifeboot/bin/busybox', 'sh'], directory: '/' };

const anyone = { env: {}, peer, permissions: { environment: {} } };
const shell = { kind: 'shell' } as const;
const exec = (command: string) => ({ kind: 'exec', command }) as const;
const sftp = { kind: 'sftp' } as const;
const forced = (command: string) => ({ permissions: { command, environment: {} } });

describe('planSession()', () => {
  test('runs an interactive shell of the toolbox without a command', () => {
    const { argv, env } = planSession({ ...anyone, ask: shell, terminal: { term: 'xterm' } }, place);
    expect(argv.slice(-3)).toEqual(['/run/lifeboot/bin/busybox', 'sh', '-i']);
    expect(env).toMatchObject({ TERM: 'xterm', HOME: '/root', USER: 'root', SSH_CONNECTION: '10.0.2.2 50000 10.0.2.15 2222' });
    expect(env['ENV']).toBe('/run/lifeboot/lib/lifeboot/profile.sh');
  });

  test('looks for programs in the toolbox first', () => {
    expect(planSession({ ...anyone, ask: shell }, place).env['PATH']).toBe(
      '/run/lifeboot/bin:/run/lifeboot/sbin:/sbin:/usr/sbin:/bin:/usr/bin',
    );
  });

  test('passes a command on as one word, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string(), (command) => {
        expect(planSession({ ...anyone, ask: exec(command) }, place).argv.slice(-4)).toEqual([...place.shell, '-c', command]);
      }),
    );
  });

  test("lets no variable of the client win over the session's own", () => {
    expect(planSession({ ...anyone, ask: shell, env: { PATH: '/evil', LANG: 'C' } }, place).env).toMatchObject({
      LANG: 'C',
      HOME: '/root',
    });
    expect(planSession({ ...anyone, ask: shell, env: { PATH: '/evil' } }, place).env['PATH']).not.toBe('/evil');
  });

  test('hands the modes of the terminal to stty in one word', () => {
    const terminal = { term: 'xterm', settings: ['erase', '^H', '-ixany'] };
    const { argv } = planSession({ ...anyone, ask: shell, terminal }, place);
    expect(argv.slice(-5)).toEqual(['/', 'erase ^H -ixany', ...place.shell, '-i']);
    expect(planSession({ ...anyone, ask: shell }, place).argv.at(-4)).toBe('');
  });

  test("gives the key's environment, but for what tells of the connection", () => {
    const permissions = { environment: { TEAM: 'storage', PATH: '/opt/bin', SSH_CLIENT: 'forged' } };
    const { env } = planSession({ ...anyone, ask: shell, permissions }, place);
    expect(env).toMatchObject({ TEAM: 'storage', PATH: '/opt/bin', SSH_CLIENT: '10.0.2.2 50000 2222' });
  });

  test.each([
    ['a shell', shell, undefined],
    ['a command', exec('rm -rf "$x"'), 'rm -rf "$x"'],
    ['sftp', sftp, 'sftp-server'],
  ])('runs the forced command in place of %s', (_, ask, original) => {
    const { argv, env, logs } = planSession({ ...anyone, ...forced('only this'), ask }, place);
    expect([argv.slice(-2), env['SSH_ORIGINAL_COMMAND'], logs]).toEqual([['-c', 'only this'], original, false]);
  });

  test('takes the word internal-sftp for sftp-server with the arguments behind it, and refuses anything else', () => {
    const internal = planSession({ ...anyone, ...forced('internal-sftp -R  -u 077'), ask: sftp }, place);
    expect([internal.argv.slice(-4), internal.logs]).toEqual([['sftp-server', '-R', '-u', '077'], true]);
    for (const ask of [shell, exec('id')]) {
      expect(planSession({ ...anyone, ...forced('internal-sftp'), ask }, place).argv.at(-1)).toContain('sftp connections only');
    }
    expect(planSession({ ...anyone, ...forced('internal-sftpx'), ask: sftp }, place).argv.at(-1)).toBe('internal-sftpx');
  });
});

test.each([
  ['LANG', 'de_DE.UTF-8', true],
  ['LC_ALL', 'C', true],
  ['LD_PRELOAD', '/x.so', false],
  ['LC_ALL', 'a\nb', false],
  ['LC_', 'C', false],
  ['PATH', '/', false],
])('isWelcomeVariable() says of %s=%j: %j', (name, value, welcome) => {
  expect(isWelcomeVariable(name, value)).toBe(welcome);
});

test('cleanTerm() lets only terminal names through', () => {
  expect(['xterm-256color', '../../etc/passwd', '', 'a b', 'screen.xterm'].map(cleanTerm)).toEqual([
    'xterm-256color',
    'dumb',
    'dumb',
    'dumb',
    'screen.xterm',
  ]);
});

test('parseSshSignal() knows the names of the RFC only', () => {
  expect(['TERM', 'USR1', 'SIGTERM', 'STOP', ''].map(parseSshSignal)).toEqual(['SIGTERM', 'SIGUSR1', undefined, undefined, undefined]);
});

test('formatSshSignal() gives a name, or the status that a shell would give', () => {
  expect(['SIGKILL', 'SIGBUS', 'SIGXCPU'].map(formatSshSignal)).toEqual(['KILL', 135, 152]);
});
