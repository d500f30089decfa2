import { expect, test } from 'vitest';
import { verifyMend } from '../../../../../src/init/races/mend/verify-mend.ts';
import type { JudgedFinding, RaceReport } from '../../../../../src/init/races/report/finding.ts';
import { sampleReport } from '../report/sample-report.ts';

const [dbus, ...others] = sampleReport.findings as readonly [JudgedFinding, ...JudgedFinding[]];
const unverified = { ...dbus, mends: dbus.mends.map((mend) => ({ ...mend, verified: false })) };
const before: RaceReport = { ...sampleReport, findings: [unverified, ...others] };
const mended = before.scripts.map((script) => (script.name === 'avahi-daemon' ? { ...script, sha256: 'new' } : script));
const rerun = (change: Partial<RaceReport> = {}): RaceReport => ({ ...before, scripts: mended, findings: others, ...change });
const place = { id: dbus.id, nth: 0 };
const verdictOf = (verdict: JudgedFinding['judgement']['verdict']) => ({ ...dbus, judgement: { ...dbus.judgement, verdict } });

function reasons(again: RaceReport): readonly string[] {
  const answer = verifyMend(before, place, again);
  return answer.verified ? [] : answer.reasons;
}

test('a mend is verified when the race is gone from the re-run, and that one alone', () => {
  const answer = verifyMend(before, place, rerun());
  expect(answer.verified && answer.report.findings[0]?.mends.map(({ verified }) => verified)).toEqual([true, false]);
});
test('also when both orders were tried again and end equal', () => {
  expect(reasons(rerun({ findings: [verdictOf('benign'), ...others] }))).toEqual([]);
});
test.each([
  ['still fails', rerun({ findings: [verdictOf('confirmed'), ...others] }), `it is still there: confirmed (${dbus.id})`],
  ['was not tried again', rerun({ findings: [verdictOf('predicted'), ...others] }), `it is still there: predicted (${dbus.id})`],
  [
    'has another type now',
    rerun({ findings: [{ ...verdictOf('latent'), id: 'abcdefabcdef', type: 'T7' }, ...others] }),
    'it is still there: latent (abcdefabcdef)',
  ],
  [
    'has another beside it',
    rerun({ findings: [{ ...dbus, id: 'abcdefabcdef', scripts: ['dbus', 'cups'] }, ...others] }),
    'there is a new one: dbus, cups, confirmed (abcdefabcdef)',
  ],
  ['of a script that did not run', rerun({ scripts: mended.filter(({ name }) => name !== 'dbus') }), 'dbus did not run again'],
  [
    'of an image without the edit',
    rerun({ scripts: before.scripts }),
    'avahi-daemon is the same file in the re-run: the mend was not applied to it',
  ],
])('a mend of a race that %s is not verified', (_, again, reason) => {
  expect(reasons(again)).toContain(reason);
});
test('a mend that is not there is not verified', () => {
  expect(verifyMend(before, { id: dbus.id, nth: 7 }, rerun())).toEqual({
    verified: false,
    reasons: [`the report has no mend 8 of ${dbus.id}`],
  });
});
