import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Access, noAccess } from '../../../../src/rescue/auth/access.ts';
import { parseAuthorizedPrincipals } from '../../../../src/rescue/auth/auth-principals.ts';
import { decideLogin } from '../../../../src/rescue/auth/authenticate.ts';
import { parseAuthorizedKeys } from '../../../../src/rescue/auth/authorized-keys.ts';
import { isGenuine, parseCertificate } from '../../../../src/rescue/auth/certificate.ts';
import { isFault } from '../../../../src/rescue/auth/fault.ts';
import { fingerprint } from '../../../../src/rescue/auth/public-key.ts';
import {
  certificateType,
  type SampleCertificate,
  type SampleKey,
  sampleCertificate,
  sampleEcdsa,
  sampleEd25519,
  sampleRsa,
  sampleSecurityKey,
  string,
} from './sample-certificates.ts';

const user = sampleEd25519();
const authority = sampleEd25519();
const blob = Buffer.from('what the client signs');
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);
const seconds = (ms: number) => BigInt(ms / 1000);
const trusting = (change: Partial<Access> = {}): Access => ({
  ...noAccess,
  authorities: new Set([fingerprint(authority.blob)]),
  nowMs: NOW,
  ...change,
});

interface Attempt {
  readonly key?: SampleKey;
  readonly by?: SampleKey;
  readonly algo?: string;
  readonly flags?: number;
  readonly access?: Access;
  readonly address?: string;
}

function attempt(change: SampleCertificate = {}, { key = user, by = authority, access = trusting(), ...rest }: Attempt = {}) {
  const data = sampleCertificate(key, by, change);
  const algo = rest.algo ?? certificateType(key.type);
  const offer = { username: 'root', method: 'publickey', key: { algo, data }, blob, signature: key.sign(blob, rest.flags) };
  const decision = decideLogin(offer, access, rest.address ?? '10.1.2.3');
  return decision.accepted ? decision.login : decision.why;
}

describe('parseCertificate()', () => {
  test.each([
    ['ed25519', sampleEd25519()],
    ['rsa', sampleRsa()],
    ['nistp256', sampleEcdsa('nistp256')],
    ['nistp384', sampleEcdsa('nistp384')],
    ['nistp521', sampleEcdsa('nistp521')],
    ['sk ed25519', sampleSecurityKey('ed25519')],
    ['sk ecdsa', sampleSecurityKey('ecdsa')],
  ])('reads one of a key, and by an authority, of kind %s', (_kind, key) => {
    for (const [of, by] of [
      [key, authority],
      [user, key],
    ] as const) {
      const certificate = parseCertificate(sampleCertificate(of, by, { serial: 7n, keyId: 'ann', principals: ['root', 'sre'] }));
      if (isFault(certificate)) throw new Error(certificate.fault);
      expect(certificate).toMatchObject({ kind: 'user', serial: 7n, keyId: 'ann', principals: ['root', 'sre'] });
      expect([certificate.key.blob, certificate.authority.blob]).toEqual([of.blob, by.blob]);
      expect(isGenuine(certificate)).toBe(true);
    }
  });

  test.each([
    ['a plain key', user.blob, /kind this sshd does not know/],
    [
      'an authority that is a certificate',
      sampleCertificate(user, authority, { authorityBlob: sampleCertificate(user, authority) }),
      /authority whose key is of a kind/,
    ],
    ['a third kind', sampleCertificate(user, authority, { kind: 3 }), /neither for users nor for hosts: 3/],
    ['a byte too many', Buffer.concat([sampleCertificate(user, authority), Buffer.of(0)]), /1 bytes too many/],
    ['a NUL in a principal', sampleCertificate(user, authority, { principals: ['ro\0ot'] }), /broken list/],
    ['a weak key', sampleCertificate(sampleRsa('rsa-sha2-512', 1024), authority), /1024 bits only/],
    ['a weak authority', sampleCertificate(user, sampleRsa('rsa-sha2-512', 1024)), /authority whose key has 1024 bits/],
  ])('refuses %s', (_what, bytes, fault) => {
    expect(parseCertificate(bytes)).toMatchObject({ fault: expect.stringMatching(fault) });
  });

  test('property: one changed bit makes it broken or not genuine', () => {
    const good = sampleCertificate(user, authority);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: good.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(good);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const certificate = parseCertificate(changed);
        expect(isFault(certificate) || !isGenuine(certificate)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('property: never throws, whatever it is given', () => {
    const good = sampleCertificate(user, authority);
    const cut = fc.nat(good.length).map((end) => good.subarray(0, end));
    const spliced = fc
      .tuple(fc.nat(good.length), fc.uint8Array({ maxLength: 40 }))
      .map(([at, bytes]) => Buffer.concat([good.subarray(0, at), bytes, good.subarray(at)]));
    fc.assert(fc.property(fc.oneof(cut, spliced, fc.uint8Array().map(Buffer.from)), (bytes) => void parseCertificate(bytes)));
  });
});

describe('decideLogin() with a certificate', () => {
  test('lets root in, known by key id, serial and authority', () => {
    expect(attempt({ keyId: 'ann on call', serial: 2n ** 63n })).toEqual({
      identity: {
        fingerprint: fingerprint(user.blob),
        comment: '',
        certificate: { keyId: 'ann on call', serial: '9223372036854775808', caFingerprint: fingerprint(authority.blob) },
      },
      permissions: { pty: true, forwarding: false, environment: {} },
    });
  });

  test.each([
    ['for a host', { kind: 2 }, /is for a host/],
    ['for nobody', { principals: [] }, /names no principal/],
    ['for others', { principals: ['Root', 'admin'] }, /is for Root, admin, not for root/],
    [
      'that has just ended',
      { validBefore: seconds(NOW) },
      /has expired: the machine's clock says 2026-06-01T00:00:00.000Z, it ended 2026-06-01T00:00:00.000Z/,
    ],
    ['that begins in a second', { validAfter: seconds(NOW) + 1n }, /is not yet valid.*it begins 2026-06-01T00:00:01.000Z/],
    ['that begins never', { validAfter: 2n ** 64n - 1n }, /it begins never/],
    [
      'with an option nobody knows',
      { critical: [['moon@phase', string('full')]] },
      /critical option this sshd does not know: "moon@phase"/,
    ],
    [
      'with two commands',
      {
        critical: [
          ['force-command', string('a')],
          ['force-command', string('b')],
        ],
      },
      /more than one force-command/,
    ],
    ['with a broken command', { critical: [['force-command', Buffer.from('ab')]] }, /broken force-command/],
    ['with data in a flag', { critical: [['verify-required', string('x')]] }, /has data in verify-required/],
    ['with data in an extension', { extensions: [['permit-pty', string('x')]] }, /has data in its extension permit-pty/],
    ['from elsewhere', { critical: [['source-address', string('192.0.2.0/24,2001:db8::/32')]] }, /is not allowed from 10.1.2.3/],
    ['from a broken list', { critical: [['source-address', string('10.0.0.0/8,!10.1.2.3')]] }, /broken source-address/],
    ['whose key id would steer a terminal', { kind: 2, keyId: '\u001b[2J' }, /is for a host/],
  ] as const)('refuses one %s', (_what, change, why) => {
    expect(attempt(change)).toMatch(why);
  });

  test.each([
    ['up to its last second', { validBefore: seconds(NOW) + 1n, validAfter: seconds(NOW) }, { pty: true }],
    ['with extensions nobody knows', { extensions: [['x@y', string('z')]] }, { pty: false, forwarding: false }],
    ['with forwarding', { extensions: [['permit-port-forwarding', Buffer.alloc(0)]] }, { pty: false, forwarding: true }],
    ['with its command', { critical: [['force-command', string('uptime')]] }, { command: 'uptime' }],
    ['from its network', { critical: [['source-address', string('192.0.2.0/24,10.1.2.3')]] }, { pty: true }],
  ] as const)('takes one %s', (_what, change, permissions) => {
    expect(attempt(change)).toMatchObject({ permissions });
  });

  test('refuses one of an unknown authority, and one that the authority did not sign', () => {
    expect(attempt({}, { by: sampleEd25519() })).toMatch(/by an authority nobody trusts/);
    expect(attempt({ authorityBlob: authority.blob }, { by: sampleEd25519() })).toMatch(/was not signed by the authority it names/);
  });

  test('takes RSA by SHA-2 only, of the user as of the authority', () => {
    const rsa = sampleRsa('rsa-sha2-256');
    expect(attempt({}, { key: rsa, algo: 'rsa-sha2-256-cert-v01@openssh.com' })).toMatchObject({ permissions: { pty: true } });
    expect(attempt({}, { key: rsa, algo: 'rsa-sha2-512-cert-v01@openssh.com' })).toBe('bad signature');
    expect(attempt({}, { key: rsa })).toBe('SHA-1 signature');
    const old = sampleRsa('ssh-rsa');
    expect(attempt({}, { by: old, access: trusting({ authorities: new Set([fingerprint(old.blob)]) }) })).toMatch(/was not signed/);
  });

  test('lets each cert-authority line decide, first come first served, with its own principals', () => {
    const line = (options: string) => `${options} ssh-ed25519 ${authority.blob.toString('base64')} the ca\n`;
    const access = (...texts: string[]) =>
      trusting({ authorities: new Set(), authorizedKeys: texts.map((text) => parseAuthorizedKeys(text, 'keys').keys) });
    const sre = { principals: ['sre'] };
    expect(attempt(sre, { access: access(line('cert-authority')) })).toMatch(/is for sre, not for root/);
    expect(attempt(sre, { access: access(line('cert-authority,principals="oncall,sre"')) })).toMatchObject({
      identity: { comment: 'the ca' },
    });
    expect(attempt(sre, { access: access(line('cert-authority') + line('cert-authority,no-pty,principals="sre"')) })).toMatchObject({
      permissions: { pty: false },
    });
    // A restriction in one file is not undone by another.
    expect(
      attempt(sre, { access: access(line('cert-authority,principals="sre"'), line('cert-authority,no-pty,principals="sre"')) }),
    ).toMatchObject({ permissions: { pty: false } });
    expect(
      attempt(sre, {
        access: access(line('cert-authority,principals="sre"'), line('cert-authority,expiry-time="20200101",principals="sre"')),
      }),
    ).toMatch(/expired 2020/);
    expect(attempt({}, { access: access(line('restrict')) })).toMatch(/authority nobody trusts/);
  });

  test('lets auth_principals take the place of the name root', () => {
    const { principals } = parseAuthorizedPrincipals('oncall\nfrom="192.0.2.0/24" far\nfrom="10.0.0.0/8",command="ls -l" near\n', 'file');
    const access = trusting({ principals: [principals] });
    expect(attempt({ principals: ['oncall'] }, { access })).toMatchObject({ permissions: { pty: true } });
    expect(attempt({ principals: ['near'] }, { access })).toMatchObject({ permissions: { command: 'ls -l' } });
    expect(attempt({ principals: ['far'] }, { access })).toMatch(/not allowed from 10.1.2.3/);
    expect(attempt({ principals: ['far', 'oncall'] }, { access })).toMatchObject({ permissions: { pty: true } });
    expect(attempt({}, { access })).toMatch(/is for root, not for oncall, far, near/);
  });

  test('asks a security key for what certificate and line ask for', () => {
    const key = sampleSecurityKey('ecdsa');
    const still: SampleCertificate = { extensions: [['no-touch-required', Buffer.alloc(0)]] };
    expect(attempt({}, { key })).toMatchObject({ permissions: {} });
    expect(attempt({}, { key, flags: 0 })).toMatch(/not touched/);
    expect(attempt(still, { key, flags: 0 })).toMatchObject({ permissions: {} });
    expect(attempt({ critical: [['verify-required', Buffer.alloc(0)]] }, { key, flags: 1 })).toMatch(/did not verify/);
    const line = `cert-authority ssh-ed25519 ${authority.blob.toString('base64')}`;
    const access = trusting({ authorities: new Set(), authorizedKeys: [parseAuthorizedKeys(line, 'keys').keys] });
    expect(attempt(still, { key, flags: 0, access })).toMatch(/not touched/);
  });

  test('refuses all while a list of revoked keys cannot be read', () => {
    expect(attempt({}, { access: trusting({ certificates: false }) })).toMatch(/refused as all are/);
  });

  test.each([0, DAY, 400 * DAY])('says what the clock is when it is %d ms late', (late) => {
    const access = trusting({ nowMs: NOW - late });
    const why = attempt({ validAfter: seconds(NOW) + 60n }, { access });
    expect(why).toContain(`the machine's clock says ${new Date(NOW - late).toISOString()}`);
  });
});
