import { describe, expect, test } from 'vitest';
import type { JudgedFinding } from '../../../../../src/init/races/report/finding.ts';
import { formatReport, formatSlack } from '../../../../../src/init/races/report/report-text.ts';
import { verdictKinds } from '../../../../../src/init/races/report/verdicts.ts';
import { hostileReport, largeReport, sampleReport } from './sample-report.ts';

describe('formatReport', () => {
  const text = formatReport(sampleReport);
  test('tells a finding with both call sites, the verdict, how to see it again, and the diff', () => {
    const block = text.split('\n\n').find((each) => each.startsWith('CONFIRMED  dbus before avahi-daemon'));
    expect(block?.split('\n')).toEqual([
      'CONFIRMED  dbus before avahi-daemon',
      expect.stringMatching(/^ {2}T1 use before init, tier rc2\.d\/S02, id [0-9a-f]{12}$/),
      '  avahi-daemon connects to the bus that dbus has yet to open, and ends.',
      '  object    address unix:/run/dbus/system_bus_socket, seen in boot-1',
      '    @5.210 s  listen(unix:/run/dbus/system_bus_socket)',
      '        dbus-daemon[612] of dbus > start-stop-daemon > dbus-daemon',
      '    @5.313 s  connect(unix:/run/dbus/system_bus_socket)',
      '        avahi-daemon[640] of avahi-daemon > avahi-daemon > avahi-daemon',
      '  object    name /run/dbus/pid, seen in boot-1',
      '    @5.211 s  open(/run/dbus/pid)',
      '        dbus-daemon[612] of dbus > start-stop-daemon > dbus-daemon',
      '    @5.313 s  look(/run/dbus/pid)',
      '        avahi-daemon[640] of avahi-daemon',
      '  apart     14 ms at least, 103 ms at the median of 5 boots',
      '  verdict   confirmed: fails in one order only, each time it was tried, 6 trials',
      '  good      dbus before avahi-daemon',
      '  bad       avahi-daemon before dbus',
      '            script avahi-daemon exit: 1 instead of 0',
      '            listen udp:0.0.0.0:5353: nobody instead of avahi-daemon',
      '  again     npm run vm -- races --image debian.img --trial hold:avahi-daemon<dbus --seed 17',
      '  mend 1    Required-Start: dbus in avahi-daemon',
      '            verified: with it the race is gone in both orders; then in rc2-5.d/S03; the boot gets 130 ms longer',
      '    --- a/etc/init.d/avahi-daemon',
      '    +++ b/etc/init.d/avahi-daemon',
      '    @@ -1,7 +1,7 @@',
      '     #!/bin/sh',
      '     ### BEGIN INIT INFO',
      '     # Provides:          avahi',
      '    -# Required-Start:    $remote_fs',
      '    +# Required-Start:    $remote_fs dbus',
      '     # Required-Stop:     $remote_fs',
      '     # Default-Start:     2 3 4 5',
      '     # Default-Stop:      0 1 6',
      '            or as /etc/insserv/overrides/avahi-daemon (in the JSON)',
      '  mend 2    X-Start-Before: avahi in dbus',
      '            not verified by a re-run; then in rc2-5.d/S03; the boot gets 130 ms longer',
    ]);
  });
  test('tells why a re-run did not verify a mend', () => {
    const [first, ...others] = sampleReport.findings;
    const mends = first?.mends.map((mend) => ({ ...mend, verified: false, against: ['it is still\nthere: confirmed', 'x exits with 1'] }));
    const told = formatReport({ ...sampleReport, findings: [{ ...first, mends } as JudgedFinding, ...others] });
    expect(told).toContain('            not verified by a re-run: it is still?there: confirmed; x exits with 1; then in rc2-5.d/S03;');
  });
  test('begins with what was found, and what was not seen', () => {
    expect(text.split('\n\n')[0]?.split('\n')).toEqual([
      '3 confirmed, 2 divergent, 1 latent, 1 flaky-base, 1 predicted, 1 unreachable, 1 benign',
      '20 scripts, 5 recorded boots, Linux 6.1.0-32-amd64',
      'not seen: no probe for locks (locks_lock_inode_wait is not in this kernel)',
      'not seen: nfs-kernel-server never ran',
    ]);
  });
  test('puts the verdicts in the order of their weight', () => {
    const order = text.split('\n').flatMap((line) => /^([A-Z-]+) {2}\S/.exec(line)?.[1]?.toLowerCase() ?? []);
    expect([...new Set(order)]).toEqual([...verdictKinds]);
  });
  test.each([
    [14.2, 102.5, 5, '14 ms at least, 103 ms at the median of 5 boots'],
    [7, 7, 1, '7 ms in 1 boot'],
    [-0.8, 1.5, 5, '1.5 ms at the median of 5 boots; seen in both orders, 0.8 ms the other way round'],
    [-311, -311, 1, '311 ms the other way round, in 1 boot'],
    [-400, -311, 3, '311 ms the other way round, at the median of 3 boots'],
  ])('says how far apart %f, %f in %i boots are', (min, median, traces, said) => {
    expect(formatSlack({ slackMs: { min, median, traces } })).toBe(said);
  });
  test('lets no name steer the terminal, nor begin a line of its own', () => {
    const evil = '\x1b]0;owned\x07\nCONFIRMED  you and me\r\x9b2J\u202e\u2028';
    const told = formatReport(hostileReport(evil));
    expect(told).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028]/);
    expect(told.split('\n').filter((line) => line.startsWith('CONFIRMED  you'))).toEqual([]);
  });
  test('is the same, byte for byte, whatever the order of the findings', () => {
    expect(formatReport({ ...sampleReport, findings: sampleReport.findings.toReversed() })).toBe(text);
  });
  test('of 500 findings has a block for each', () => {
    expect(formatReport(largeReport(500)).match(/^[A-Z-]+ {2}\S/gm)).toHaveLength(500);
  });
  test('of no races is one word', () => {
    expect(formatReport({ ...sampleReport, findings: [], coverage: [], benign: [], redundant: [] })).toBe(
      'no races\n20 scripts, 5 recorded boots, Linux 6.1.0-32-amd64\n',
    );
  });
});
