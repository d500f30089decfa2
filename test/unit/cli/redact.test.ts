import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprints, redact } from '../../../src/cli/report/redact.ts';

const pem = `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUSECRET\nSECRET=\n-----END OPENSSH PRIVATE KEY-----`;

describe('redact() leaves out', () => {
  test.each([
    ['a private key', `before\n${pem}\nafter`, 'before\n[left out]\nafter'],
    ['a private key whose end was cut', pem.slice(0, -20), '[left out]'],
    ['a private key whose head was cut', `AAAASECRET\nSECRET=\n-----END RSA PRIVATE KEY-----\nafter`, '[left out]\nafter'],
    ['a key in JSON', `{"k":"b3BlbnNzaC1rZXktdjEAAAASECRET\\nSECRET"}`, '{"k":"[left out]"}'],
    ['a yescrypt hash', 'root:$y$j9T$SECRETsaltSECRET$SECRET./hash:1', 'root:[left out]:1'],
    ['a sha512 hash', 'root:$6$rounds=5000$SECRETsalt$SECRET./hash:1', 'root:[left out]:1'],
    ['a kernel option', 'ro rd.luks.key=/SECRET:UUID=1 quiet', 'ro rd.luks.key=[left out] quiet'],
    [
      'a password on the kernel command line',
      'root=/dev/vda smb.password=SECRET,x ip=dhcp',
      'root=/dev/vda smb.password=[left out],x ip=dhcp',
    ],
    ['a token', 'API_TOKEN=SECRET', 'API_TOKEN=[left out]'],
    ['a quoted value', 'password = "SECRET SECRET" # x', 'password = [left out]" # x'],
    ['a JSON value', '{"apiToken":"SECRET","n":1}', '{"apiToken":[left out]","n":1}'],
    ['JSON in JSON', String.raw`{"line":"{\"secret\":\"SECRET\"}"}`, String.raw`{"line":"{\"secret\":[left out]\"}"}`],
    ['an option of a program', 'mysqld --password SECRET --port 3306', 'mysqld --password [left out] --port 3306'],
    ['an argv', '{"argv":["x","--auth-token","SECRET"]}', '{"argv":["x","--auth-token","[left out]"]}'],
    ['a URL', 'GET https://ann:SECRET@example.org/x', 'GET https://ann:[left out]@example.org/x'],
    ['a header', 'Authorization: Basic SECRET\nx', 'Authorization: [left out]\nx'],
    ['a bearer', 'curl -H "X: Bearer SECRETSECRET"', 'curl -H "X: Bearer [left out]"'],
    ['a wireless password', '  wpa-psk SECRET\n', '  wpa-psk [left out]\n'],
    ['a mount option', '//srv/x /x cifs user=a,pass=SECRET 0 0', '//srv/x /x cifs user=a,pass=[left out] 0 0'],
  ])('%s', (_, text, safe) => {
    const { text: said, leftOut } = redact(text);
    expect(said).toBe(safe);
    expect(said).not.toContain('SECRET');
    expect(leftOut).toBeGreaterThan(0);
  });
});

test.each([
  'lifeboot 1.20 rescue sshd: listening (port 2222, host key SHA256:abc from ram)',
  '{"authorizedKeys":2,"hostKeyFingerprint":"SHA256:abc","keyProblems":[],"key":"SHA256:abc"}',
  'root=/dev/vda ro console=ttyS0 init=/sbin/lifeboot-init ip=10.0.2.15::10.0.2.2:255.255.255.0::eth0:off',
  'tmpfs /run tmpfs rw,nosuid,size=1024k,mode=755 0 0',
  '/dev/vda: clean, 11/128 files (pass 1 of 5)',
  'pass: 1, total: 5',
])('redact() leaves alone: %s', (text) => {
  expect(redact(text)).toEqual({ text, leftOut: 0 });
});

test('redact() ends in bounded time on anything', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2000 }), (text) => redact(text).text.length <= text.length + 10 * text.length),
    { seed: 1 },
  );
  const started = performance.now();
  redact(`-----BEGIN PRIVATE KEY-----${'A'.repeat(500_000)}`);
  redact('key'.repeat(200_000));
  redact(`${'AAAA\n'.repeat(100_000)}`);
  redact('a://'.repeat(100_000));
  redact(' '.repeat(100_000));
  redact('\n'.repeat(100_000));
  redact('a \n '.repeat(50_000));
  redact('"key" , '.repeat(50_000));
  redact('--'.repeat(100_000));
  expect(performance.now() - started).toBeLessThan(5000);
});

test('fingerprints() keeps neither options nor comments', () => {
  const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ7LbGRsn9ZuTQnQF0DmZ1FFdUHYAXMzPlpC4cw8tBqy';
  expect(fingerprints(`# SECRET\nenvironment="A=SECRET",command="x ssh-y" ssh-ed25519 ${key} SECRET@home\n\nnonsense SECRET\n`)).toMatch(
    /^ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}\n\(a line that is no key\)\n$/,
  );
});
