/** The table a person reads, with the notes that say how far to trust it. */
import { formatColumns } from '../../src/cli/format-columns.ts';
import { FOREIGN_CORES, isClean, type Row, type Spread } from './figures.ts';
import type { BootSample } from './measure-boot.ts';
import type { RescueRow } from './rescue/figures.ts';
import { systems } from './systems.ts';

const head = ['figure', 'lifeboot', 'peer', '', 'ratio', 'required', 'aim', 'met'];

/** Columns as wide as their content; a disturbed figure carries a `*`. */
export function formatTable(rows: readonly (Row | RescueRow)[]): string {
  return formatColumns([head, ...rows.map(formatRow)]);
}

/** A peer that is no system of the boots goes by its own name. */
type Printed = Omit<Row, 'peer' | 'unit'> & { readonly peer?: string; readonly unit: RescueRow['unit'] };

function formatRow({ figure, unit, ours, peer, theirs, ratio, required, aim, met }: Printed): readonly string[] {
  const bound = (limit: number | undefined) =>
    limit === undefined ? '' : peer === undefined ? `≤ ${limit} ${unit}` : `≤ ${limit.toFixed(2)}x`;
  const needed = required === undefined && aim !== undefined ? 'report' : bound(required);
  const name = peer === undefined ? '' : titleOf(peer);
  const quotient = ratio === undefined ? '' : `${ratio.toFixed(2)}x`;
  return [figure, formatSpread(ours, unit), name, formatSpread(theirs, unit), quotient, needed, bound(aim), met];
}

const titleOf = (name: string): string => systems.find((system) => system.name === name)?.title ?? name;

/** `22.8 s (22.0-23.0)`. */
function formatSpread(spread: Spread | undefined, unit: RescueRow['unit']): string {
  if (spread === undefined) return '';
  const { median, min, max, count, disturbed } = spread;
  const range = count === 1 ? '' : ` (${min.toFixed(1)}-${max.toFixed(1)})`;
  return `${median.toFixed(1)} ${unit}${range}${disturbed ? ' *' : ''}`;
}

/** Sentences below the table: what disturbed it, what the memory is made of, what else one must know. */
export function formatNotes(samples: readonly BootSample[], rows: readonly Row[], failures: readonly string[]): readonly string[] {
  const notes: string[] = [];
  if (rows.some(({ ours, theirs }) => ours?.disturbed || theirs?.disturbed))
    notes.push(`* other work kept at least ${FOREIGN_CORES} cores of the host busy in every boot this figure comes from: measure again`);
  const disturbed = samples.filter(({ marks }) => !Object.values(marks).every(isClean)).length;
  if (disturbed > 0)
    notes.push(
      `${disturbed} of ${samples.length} boots ran beside other work; where there are clean ones, they are left out of the medians`,
    );
  const { memory } = samples.findLast((sample) => sample.memory !== undefined) ?? {};
  if (memory !== undefined)
    notes.push(
      `memory: ${memory.tmpfsMiB.toFixed(1)} MiB tmpfs + ${memory.processesMiB.toFixed(1)} MiB of processes (${memory.processes.join(', ')})`,
    );
  const unwell = samples.filter(({ verdict }) => verdict !== undefined && !verdict.startsWith('good'));
  for (const { verdict } of unwell) notes.push(`a boot of lifeboot ended with the verdict ${verdict}`);
  const kernels = new Set(samples.map(({ kernelVersion }) => kernelVersion));
  if (kernels.size > 1)
    notes.push(`the images have different kernels (${[...kernels].join(', ')}): their Debian bases are of different days`);
  return [...notes, ...failures.map((failure) => `failed: ${failure}`)];
}
