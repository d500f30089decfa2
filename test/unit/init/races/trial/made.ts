/** Findings and outcomes made for tests. */
import type { Finding, RaceType, Site, Witness } from '../../../../../src/init/races/report/finding.ts';
import type { Outcome } from '../../../../../src/init/races/trial/trial.ts';

export const outcome = (facts: Readonly<Record<string, string>>, more: Partial<Outcome> = {}): Outcome => ({
  trial: 't',
  facts,
  timedOut: false,
  ...more,
});

export const site = (script: string, call: string, argument: string, more: Partial<Site> = {}): Site => ({
  script,
  process: script,
  pid: 100,
  call,
  argument,
  atMs: 1000,
  ...more,
});

export const witness = (type: RaceType, first: Site, second: Site, object = `name ${first.argument}`): Witness => ({
  type,
  object,
  first,
  second,
  trace: 'boot 1',
});

/** Ids end in the letter of the test. */
export function finding(scripts: readonly [string, string], more: Partial<Finding> = {}): Finding {
  const type = more.type ?? 'T1';
  const [first, second] = scripts;
  const witnesses = more.witnesses ?? [witness(type, site(first, 'mkdir', '/run/x'), site(second, 'look', '/run/x', { error: 'ENOENT' }))];
  return {
    id: `0000000000${first}${second}`.slice(-12),
    type,
    tier: 'rc2.d/S01',
    scripts,
    directed: type === 'T1',
    witnesses,
    witnessCount: witnesses.length,
    slackMs: { min: 10, median: 20, traces: 5 },
    score: 0.5,
    mechanism: `${second} fails without ${first}`,
    declaredEdge: false,
    ...more,
  };
}
