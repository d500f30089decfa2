/** The race explorer, end to end: of two pairs of scripts one races, the other one only looks like it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialOrder } from '../../src/init/races/trial/serial-order.ts';
import { driveMachine } from '../races/driven-machine.ts';
import { exploreImage } from '../races/explore-image.ts';
import { predictRaces } from '../races/predict-races.ts';
import { openResults } from '../races/results-file.ts';
import { findTarget } from '../target.ts';
import type { Scenario } from './scenario.ts';

const scripts = join(import.meta.dirname, '../races/pair');
const BUDGET_MS = 900_000;
const QUIET = { quietMs: 2000, capMs: 60_000 };

export const racesShown: Scenario = {
  name: 'races-shown',
  story:
    'a script that comes a second later than what it reads is predicted and shown to fail in the other order; two that share a directory are let alone',
  isLong: true,
  async run({ say, signal = new AbortController().signal }) {
    const show = (what: string) => ({
      update: (detail: string) => say(`${what}: ${detail}`),
      done: (detail = 'done') => say(`${what}: ${detail}`),
    });
    const output = await mkdtemp(join(tmpdir(), 'lifeboot-races-'));
    try {
      const target = await findTarget({ initrd: 'loader', scripts, show, signal });
      const options = { budgetMs: BUDGET_MS, boots: 1, output, resume: false, traces: [], only: [] };
      const { report: predicted } = await predictRaces(options, { target, show, signal });
      const between = (one: string, other: string) =>
        predicted.findings.filter((finding) => [one, other].every((name) => finding.scripts.includes(name)));
      assert.deepEqual(between('left', 'right'), [], 'who makes a directory with mkdir -p races with nobody');
      const [finding] = between('producer', 'consumer');
      assert.ok(finding, `no race of producer and consumer among: ${predicted.findings.map((each) => each.mechanism).join('; ')}`);
      assert.deepEqual(finding.scripts, ['producer', 'consumer'], 'the one who makes it goes first');
      const tier = predicted.scripts.filter((script) => script.tier === finding.tier).map(({ name }) => name);
      const { agenda, ended } = await exploreImage({
        boot: () => driveMachine({ target, signal, quiet: QUIET }),
        findings: [finding],
        exploration: { preferences: [finding], tiers: [{ name: finding.tier, order: serialOrder(tier, [finding]) }] },
        results: await openResults(join(output, 'trials.ndjson'), finding.id, { resume: false }),
        budgetMs: BUDGET_MS,
        show,
        signal,
      });
      assert.equal(ended, 'done');
      const judgement = agenda.judgements.get(finding.id);
      assert.equal(judgement?.verdict, 'confirmed', JSON.stringify(judgement));
      assert.equal(judgement?.badOrder, 'consumer before producer');
      assert.ok(judgement?.differences.includes('script consumer exit: 1 instead of 0'), judgement?.differences.join('\n'));
    } finally {
      await rm(output, { recursive: true, force: true });
    }
  },
};
