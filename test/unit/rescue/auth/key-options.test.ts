import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExpiryTime } from '../../../../src/rescue/auth/expiry-time.ts';
import { isFault } from '../../../../src/rescue/auth/fault.ts';
import { firstGrant, grantBy, mergeGrants } from '../../../../src/rescue/auth/grant.ts';
import { type KeyOptions, parseKeyOptions } from '../../../../src/rescue/auth/key-options.ts';
import { readOptions, splitOptions } from '../../../../src/rescue/auth/option-text.ts';
import { parseEnvironment } from '../../../../src/rescue/auth/option-values.ts';

const here = { address: '10.1.2.3', nowMs: Date.UTC(2026, 5, 1) };

function options(text: string): KeyOptions {
  const parsed = parseKeyOptions(text);
  if (isFault(parsed)) throw new Error(parsed.fault);
  return parsed;
}
const grant = (...texts: string[]) => mergeGrants(texts.map((text) => firstGrant([options(text)], here)));

describe('parseKeyOptions()', () => {
  test.each([
    ['command="dump /home",no-pty,no-port-forwarding', { pty: false, forwarding: false, command: 'dump /home' }],
    ['command="echo \\"a b\\", \\\\n"', { command: 'echo "a b", \\\\n' }],
    ['command=""', { command: '' }],
    ['COMMAND="x"', { command: 'x' }],
    ['permitopen="192.0.2.1:80",permitopen="192.0.2.2:25"', { permitOpen: ['192.0.2.1:80', '192.0.2.2:25'] }],
    ['permitopen="[2001:db8::1]:*"', { permitOpen: ['[2001:db8::1]:*'] }],
    ['permitlisten="localhost:8080",permitlisten="22"', { permitListen: ['localhost:8080', '*:22'] }],
    ['environment="A=1",environment="B=x,\\"y\\"",environment="A=2"', { environment: { A: '1', B: 'x,"y"' } }],
    ['restrict,command="/bin/true"', { pty: false, forwarding: false, command: '/bin/true' }],
    ['restrict,port-forwarding,permitopen="*:22"', { pty: false, forwarding: true, permitOpen: ['*:22'] }],
    ['no-agent-forwarding,no-X11-forwarding,no-user-rc,tunnel="0"', { pty: true, forwarding: true }],
  ])('%s leaves what it says', (text, permissions) => {
    expect(options(text).permissions).toMatchObject(permissions);
  });

  test('reads what it demands', () => {
    expect(options('cert-authority,principals="root,sre,"')).toMatchObject({ certAuthority: true, principals: ['root', 'sre'] });
    expect(options('no-touch-required,verify-required')).toMatchObject({ touchRequired: false, verifyRequired: true });
    expect(options('expiry-time="20300101",expiry-time="20290101"').expiresMs).toBe(Date.UTC(2029, 0, 1));
  });

  test('property: never throws, and what it does not know is a fault', () => {
    const word = fc.oneof(
      fc.constantFrom('restrict', 'pty', 'command="a"', 'from="*"', 'environment="A=b"', 'permitopen="a:1"', ',', '"', '\\"', '='),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(fc.property(fc.array(word), (words) => void parseKeyOptions(words.join(','))));
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,12}$/), (name) => {
        fc.pre(!['pty', 'restrict'].includes(name));
        expect(parseKeyOptions(`restrict,${name}`)).toMatchObject({ value: name });
      }),
    );
  });
});

describe('splitOptions() and readOptions()', () => {
  test('property: a value of any text comes out of its quotes as it went in', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        fc.pre(!value.includes('\\'));
        const text = `command="${value.replaceAll('"', '\\"')}"`;
        expect(splitOptions(`${text} key`)).toEqual({ options: text, rest: 'key' });
        expect(readOptions(`${text},pty`)).toMatchObject([{ name: 'command', value }, { name: 'pty' }]);
      }),
    );
  });

  test('an escaped quote closes nothing', () => {
    expect(splitOptions('command="a\\" ssh-ed25519 AAAA')).toBeUndefined();
  });
});

describe('parseExpiryTime()', () => {
  test.each([
    ['20260228', Date.UTC(2026, 1, 28)],
    ['20260228Z', Date.UTC(2026, 1, 28)],
    ['202602281530', Date.UTC(2026, 1, 28, 15, 30)],
    ['20260228153059Z', Date.UTC(2026, 1, 28, 15, 30, 59)],
    ['20240229', Date.UTC(2024, 1, 29)],
    ['20260229', undefined],
    ['20261301', undefined],
    ['20260101 ', undefined],
    ['2026010124', undefined],
    ['202601012400', undefined],
    ['+1d', undefined],
    ['', undefined],
  ])('%j is %j', (text, expected) => {
    expect(parseExpiryTime(text)).toBe(expected);
  });

  test('property: never throws, and reads what it wrote', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseExpiryTime(text)));
    fc.assert(
      fc.property(fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        const whole = Math.floor(date.getTime() / 1000) * 1000;
        expect(parseExpiryTime(`${new Date(whole).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`)).toBe(whole);
      }),
    );
  });
});

describe('parseEnvironment()', () => {
  test.each(['PATH', 'HOME', 'SHELL', 'ENV', 'BASH_ENV', 'IFS', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'NODE_OPTIONS', 'SSH_ORIGINAL_COMMAND'])(
    'refuses %s',
    (name) => {
      expect(parseEnvironment(`${name}=x`)).toMatchObject({ fault: expect.stringContaining(name) });
    },
  );
  test.each(['TZ=Europe/Berlin', 'EDITOR=', 'LC_ALL=C', 'OPERATOR=ann=1', '__proto__=x'])('takes %s', (text) => {
    expect(isFault(parseEnvironment(text))).toBe(false);
  });
});

describe('grants', () => {
  test.each([
    ['expiry-time="20260531"', /^expired 2026-05-31T00:00:00.000Z, the machine's clock says 2026-06-01/],
    ['from="192.0.2.0/24"', /^not allowed from 10\.1\.2\.3$/],
  ])('%s lets nobody in from here and now', (text, fault) => {
    expect(grantBy(options(text), here)).toMatchObject({ fault: expect.stringMatching(fault) });
  });
  test.each(['expiry-time="20260601"', 'from="10.0.0.0/8"'])('%s lets in', (text) => {
    expect(isFault(grantBy(options(text), here))).toBe(false);
  });

  test('the first line of a file that lets somebody in counts', () => {
    const lines = ['from="192.0.2.0/24"', 'no-pty,from="10.*"', 'pty'].map(options);
    expect(firstGrant(lines, here)).toMatchObject({ permissions: { pty: false } });
    expect(firstGrant(lines.slice(0, 1), here)).toMatchObject({ fault: 'not allowed from 10.1.2.3' });
    expect(firstGrant([], here)).toBeUndefined();
  });

  test.each([
    [['no-pty', 'no-port-forwarding'], { pty: false, forwarding: false }],
    [['command="a"', 'restrict'], { command: 'a', pty: false }],
    [['command="a"', 'command="a"'], { command: 'a' }],
    [['permitopen="a:1",permitopen="b:*"', 'permitopen="a:*",permitopen="b:2",permitopen="c:3"'], { permitOpen: ['a:1', 'b:2'] }],
    [['permitopen="*:80"', 'permitopen="a:*"'], { permitOpen: ['a:80'] }],
    [['permitopen="a:1"', 'permitopen="b:1"'], { permitOpen: [] }],
    [['permitlisten="8080"', 'pty'], { permitListen: ['*:8080'] }],
    [['environment="A=1",environment="B=1"', 'environment="A=2"'], { environment: { A: '1', B: '1' } }],
  ])('%j of two files leave the strictest', (texts, permissions) => {
    expect(grant(...texts)).toMatchObject({ permissions });
  });

  test('what one file refuses is refused, and two commands that differ are', () => {
    expect(grant('pty', 'from="192.0.2.1"')).toMatchObject({ fault: 'not allowed from 10.1.2.3' });
    expect(grant('from="192.0.2.1"', 'pty')).toMatchObject({ fault: 'not allowed from 10.1.2.3' });
    expect(grant('command="a"', 'command="b"')).toMatchObject({ fault: 'two forced commands that differ' });
    expect(grant('no-touch-required', 'no-touch-required')).toMatchObject({ touchRequired: false });
    expect(grant('no-touch-required', 'verify-required')).toMatchObject({ touchRequired: true, verifyRequired: true });
  });
});
