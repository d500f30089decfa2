/** The tables of the race detector's benchmark. */
import { formatColumns } from '../../../src/cli/format-columns.ts';
import { type BootsNeeded, bootsNeeded } from './boots-needed.ts';
import type { Speed } from './measure-analysis.ts';
import type { CaseBoots } from './native-boots.ts';
import type { RacesResult } from './run-races.ts';
import type { Score } from './score-cases.ts';

export const formatRaces = ({ score, speed, boots }: RacesResult): string =>
  [formatScore(score), formatSpeed(speed), formatBoots(boots)].join('\n\n');

const formatSpeed = ({ events, seconds, peakMiB, findings }: Speed): string =>
  `analysis of ${events.toLocaleString('en')} made events: ${seconds.toFixed(1)} s, ${peakMiB.toFixed(0)} MiB with the trace itself, ${findings} findings`;

/** Each case with what was said of it, then precision and recall. */
function formatScore({ races, twins, elsewhere, precision, recall }: Score): string {
  const yes = (right: boolean | undefined) => (right === undefined ? '' : right ? 'yes' : 'NO');
  const raceRows = races.map(({ name, type, isFound, typeRight, directionRight, mendRight, verdict = '', said }) => [
    name,
    type,
    isFound ? 'yes' : 'NO',
    isFound ? (typeRight === 'no' ? 'NO' : typeRight) : '',
    isFound ? yes(directionRight) : '',
    isFound ? yes(mendRight) : '',
    verdict,
    said,
  ]);
  const twinRows = twins.map(({ name, rule, said, settled }) => [
    name,
    rule,
    said.length > 0 ? 'FALSE' : settled > 0 ? 'settled by trial' : 'silent',
    said.join(', '),
  ]);
  const count = <T>(rows: readonly T[], is: (row: T) => boolean) => `${rows.filter(is).length} of ${rows.length}`;
  const found = races.filter(({ isFound }) => isFound);
  const directed = found.filter(({ directionRight }) => directionRight !== undefined);
  return [
    formatColumns([['race', 'type', 'found', 'type right', 'direction', 'mend', 'verdict', 'said'], ...raceRows]),
    formatColumns([['harmless', 'rule', '', 'said'], ...twinRows]),
    [
      `races found: ${count(races, ({ isFound }) => isFound)}; of those with the right type ${count(found, ({ typeRight }) => typeRight !== 'no')}, ` +
        `direction ${count(directed, ({ directionRight }) => directionRight === true)}, mend ${count(found, ({ mendRight }) => mendRight)}`,
      `harmless pairs silent: ${count(twins, ({ said }) => said.length === 0)}`,
      `precision ${percent(precision)}, recall ${percent(recall)}; ${elsewhere.length} findings about other scripts are not counted`,
    ].join('\n'),
  ].join('\n\n');
}

/** Boots until each race was seen, by chance with 99 % confidence. */
function formatBoots(rows: readonly CaseBoots[]): string {
  const head = ['race', 'type', 'by chance: showed', 'boots (99 %)', 'an order and its reverse', 'forced'];
  const cells = rows.map(({ name, type, tries, shown, knownBoots, serial, directed }) => [
    name,
    type,
    knownBoots === undefined ? `${shown} of ${tries}` : 'a lottery',
    knownBoots === undefined ? formatNeeded(bootsNeeded(shown, tries)) : `${knownBoots}`,
    serial === undefined ? 'never' : `${serial}`,
    directed === undefined ? 'NO' : `${directed}`,
  ]);
  return formatColumns([head, ...cells]);
}

const formatNeeded = ({ boots, atLeast }: BootsNeeded): string => (atLeast ? `≥ ${boots}` : `${boots}`);
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
