import { expect, test } from 'vitest';
import { mendReport } from '../../../../../src/init/races/mend/mend-report.ts';
import type { JudgedFinding, RaceReport } from '../../../../../src/init/races/report/finding.ts';
import { sampleReport } from '../report/sample-report.ts';
import { mendImage } from './mend-image.ts';

const [dbus] = sampleReport.findings as readonly [JudgedFinding];
const image = mendImage({ dbus: ['# Required-Start: procps'], 'avahi-daemon': [], procps: [], firewall: ['# Required-Start: dbus'] });
const scripts = sampleReport.scripts.map((script) => ({ ...script, durationMs: 100 }));
const report: RaceReport = { ...sampleReport, scripts, findings: [{ ...dbus, mends: [] }] };
const summaries = ({ findings }: RaceReport) =>
  findings[0]?.mends.map(({ summary, verified }) => `${summary}${verified ? ': verified' : ''}`);

test('mendReport fills in the mends, with what they cost by the durations of the report', () => {
  const mended = mendReport(report, image);
  expect(mended.findings[0]?.mends[0]).toMatchObject({
    edits: [{ script: 'avahi-daemon', key: 'Required-Start', value: 'dbus' }],
    costMs: 0,
  });
  expect(mendReport(mended, image)).toEqual(mended);
});
test('mendReport keeps what a re-run has verified, and puts it first', () => {
  const mended = mendReport(report, image);
  const findings = mended.findings.map((finding) => ({
    ...finding,
    mends: finding.mends.map((mend, index) => ({ ...mend, verified: index === 1 })),
  }));
  expect(summaries(mendReport({ ...mended, findings }, image))?.map((line) => line.endsWith(': verified'))).toEqual([true, false, false]);
});
test('mendReport tells redundant edges only where somebody looked for conflicts of ordered scripts', () => {
  expect(mendReport({ ...report, redundant: [] }, image).redundant).toBeUndefined();
  const looked = mendReport({ ...report, neededOrders: [['dbus', 'procps']] }, image);
  expect(looked.redundant).toEqual([
    { from: 'firewall', to: 'dbus', witness: '/etc/init.d/firewall:6: Required-Start: dbus', gainMs: 100 },
  ]);
});
