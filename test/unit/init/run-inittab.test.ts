import { expect, test } from 'vitest';
import { parseInittab } from '../../../src/init/inittab.ts';
import { planCtrlAltDel, planPower } from '../../../src/init/run-inittab.ts';

const text = `id:2:initdefault:
ca:12345:ctrlaltdel:/sbin/shutdown -t1 -a -r now
p1::powerfail:/bin/late
pf::powerwait:/etc/init.d/powerfail start
pn:2345:powerfailnow:/etc/init.d/powerfail now
po::powerokwait:/etc/init.d/powerfail stop
`;
const inittab = parseInittab([{ file: '/etc/inittab', text }]);
const processes = (entries: readonly { readonly process: string }[]) => entries.map(({ process }) => process);

test('planCtrlAltDel() is what the inittab says for the level, and a reboot where it has no say', () => {
  expect(planCtrlAltDel(inittab, '2')).toMatchObject({ process: '/sbin/shutdown -t1 -a -r now' });
  expect(planCtrlAltDel(inittab, 'S')).toBe('nothing');
  expect(planCtrlAltDel(parseInittab([]), '2')).toBe('nothing');
  expect([planCtrlAltDel(undefined, '2'), planCtrlAltDel(inittab, undefined)]).toEqual(['reboot', 'reboot']);
});

test('planPower() has the entries of the message for the level, those that are waited for first', () => {
  expect(processes(planPower(inittab, 'failing', '2'))).toEqual(['/etc/init.d/powerfail start', '/bin/late']);
  expect(processes(planPower(inittab, 'failing-now', '2'))).toEqual(['/etc/init.d/powerfail now']);
  expect(processes(planPower(inittab, 'ok', '2'))).toEqual(['/etc/init.d/powerfail stop']);
  expect([...planPower(inittab, 'failing-now', '1'), ...planPower(undefined, 'failing', '2')]).toEqual([]);
});
