import { describe, expect, test } from 'vitest';
import { listOverrides, readHeader } from '../../../src/init/overrides.ts';
import { formatProblem } from '../../../src/sys/problem.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const text = `#!/bin/sh
### BEGIN INIT INFO
# Provides: ssh
# Required-Start: $syslog
# X-Health-Check: tcp:1
# X-Health-Check: tcp:2
### END INIT INFO
`;
const script = { name: 'ssh', file: '/etc/init.d/ssh', text };

describe('readHeader()', () => {
  test("gives the script's own header when nobody overrides it", async () => {
    const { header, problems } = await readHeader(new FakeSys(), script, { insserv: new Map(), lifeboot: new Map() });
    expect(header).toMatchObject({ provides: ['ssh'], healthChecks: [{ text: 'tcp:1' }, { text: 'tcp:2' }], onFailure: 'degrade' });
    expect(problems).toEqual([]);
  });

  test('replaces only the keys that an override names, and all lines of those', async () => {
    const sys = new FakeSys().file('/etc/lifeboot/overrides/ssh', '# X-Health-Check: ssh-banner:22\n# X-On-Failure: hold\n');
    const { header } = await readHeader(sys, script, await listOverrides(sys));
    expect(header).toMatchObject({
      provides: ['ssh'],
      requiredStart: ['$syslog'],
      healthChecks: [{ text: 'ssh-banner:22' }],
      onFailure: 'hold',
    });
  });

  test('takes an override with BEGIN and END, and for a script without a header', async () => {
    const sys = new FakeSys().file(
      '/etc/lifeboot/overrides/ssh',
      '### BEGIN INIT INFO\n# Provides: sshd\n### END INIT INFO\n# X-Tier: 9\n',
    );
    const { header, problems } = await readHeader(sys, { ...script, text: '#!/bin/sh\n' }, await listOverrides(sys));
    expect(header.provides).toEqual(['sshd']);
    expect(header.tier).toBeUndefined();
    expect(problems).toEqual([]);
  });

  test('lets the root win over the toolbox, and both over insserv, which replaces the whole header', async () => {
    const sys = new FakeSys()
      .file('/etc/insserv/overrides/ssh', '### BEGIN INIT INFO\n# Provides: other\n# Default-Start: 3\n### END INIT INFO\n')
      .file('/run/lifeboot/etc/lifeboot/overrides/ssh', '# Default-Start: 4\n# X-Tier: 4\n')
      .file('/etc/lifeboot/overrides/ssh', '# Default-Start: 5\n');
    const { header } = await readHeader(sys, script, await listOverrides(sys));
    expect(header).toMatchObject({ provides: ['other'], requiredStart: [], defaultStart: ['5'], tier: '4', healthChecks: [] });
  });

  test('names the override file and line of a fault, and keeps the rest', async () => {
    const sys = new FakeSys().file('/etc/lifeboot/overrides/ssh', '# X-On-Failure: hold\n\n# X-Health-Check: https:443\n');
    const { header, problems } = await readHeader(sys, script, await listOverrides(sys));
    expect(header).toMatchObject({ onFailure: 'hold', healthChecks: [] });
    expect(problems.map(formatProblem)).toEqual([
      expect.stringMatching(
        /^\/etc\/lifeboot\/overrides\/ssh:3: "X-Health-Check: https:443": unknown kind of check "https", .*; accepted: tcp:/,
      ),
    ]);
  });

  test('goes on without an override that cannot be read', async () => {
    const sys = new FakeSys().file('/etc/lifeboot/overrides/ssh', '').fail('read /etc/lifeboot/overrides/ssh', 'EIO');
    const { header, problems } = await readHeader(sys, script, await listOverrides(sys));
    expect(header.provides).toEqual(['ssh']);
    expect(problems).toMatchObject([{ file: '/etc/lifeboot/overrides/ssh' }]);
  });
});
