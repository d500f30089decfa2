/** From samples to the table's rows: medians of clean boots, ratios against the peers, and whether they are good enough. */
import type { BootSample, MarkName, TimedMark } from './measure-boot.ts';
import type { SystemName } from './systems.ts';
import type { ToolboxSize } from './toolbox-size.ts';

/** A boot beside this much other work says little about the system. */
export const FOREIGN_CORES = 0.15;

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
  /** Only boots with other load on the host were there to count. */
  readonly disturbed: boolean;
  /** Disturbed boots that are not in it. */
  readonly leftOut: number;
}

export interface Row {
  readonly figure: string;
  readonly unit: 's' | 'MiB';
  readonly ours?: Spread;
  readonly peer?: SystemName;
  readonly theirs?: Spread;
  readonly ratio?: number;
  /** At most this: of the ratio where there is a peer, else of our own figure. */
  readonly required?: number;
  readonly aim?: number;
  readonly met: 'aim' | 'required' | 'no' | 'not the aim' | '';
}

interface Comparison {
  readonly figure: string;
  readonly mark: MarkName;
  readonly peer: SystemName;
  readonly required?: number;
  readonly aim?: number;
}

/** The figures that are compared; those without a bound are there to be seen. */
const comparisons: readonly Comparison[] = [
  { figure: 'QEMU start → rescue ssh banner', mark: 'rescue', peer: 'dropbear', required: 1.3, aim: 1.0 },
  { figure: 'QEMU start → all services up', mark: 'up', peer: 'sysv', required: 0.85, aim: 0.7 },
  { figure: 'QEMU start → all services up', mark: 'up', peer: 'openrc' },
  { figure: 'QEMU start → all services up', mark: 'up', peer: 'systemd', required: 1.1, aim: 0.8 },
  { figure: "QEMU start → the server's own sshd", mark: 'server', peer: 'sysv' },
  { figure: "QEMU start → the server's own sshd", mark: 'server', peer: 'systemd' },
];

const MEMORY_AIM_MIB = 160;
const COMPRESSED_AIM_MIB = 40;
const UNPACKED_AIM_MIB = 160;

/** Rows for which there is anything of ours to show. */
export function makeRows(samples: readonly BootSample[], size: ToolboxSize | undefined): readonly Row[] {
  const compared = comparisons.map((comparison) => compare(samples, comparison));
  const held = samples.flatMap(({ memory }) => (memory === undefined ? [] : [memory]));
  const memory = spreadOf(held.map(({ totalMiB }) => ({ value: totalMiB, foreignCores: 0 })));
  const rows = [
    ...compared,
    reportRow('memory lifeboot holds after boot', memory, MEMORY_AIM_MIB),
    reportRow('toolbox, compressed', single(size?.compressedMiB), COMPRESSED_AIM_MIB),
    reportRow('toolbox, unpacked', single(size?.unpackedMiB), UNPACKED_AIM_MIB),
  ];
  return rows.filter(({ ours, theirs, peer }) => ours !== undefined && (peer === undefined || theirs !== undefined));
}

function compare(samples: readonly BootSample[], { mark, ...comparison }: Comparison): Row {
  const ours = spreadOf(marksOf(samples, 'lifeboot', mark));
  const theirs = spreadOf(marksOf(samples, comparison.peer, mark));
  const row = { ...comparison, unit: 's' as const, ...(ours && { ours }), ...(theirs && { theirs }) };
  if (ours === undefined || theirs === undefined) return { ...row, met: '' };
  const ratio = ours.median / theirs.median;
  return { ...row, ratio, met: judge(ratio, comparison.required, comparison.aim) };
}

function reportRow(figure: string, ours: Spread | undefined, aim: number): Row {
  return ours === undefined
    ? { figure, unit: 'MiB', aim, met: '' }
    : { figure, unit: 'MiB', ours, aim, met: judge(ours.median, undefined, aim) };
}

/** The bounds are inclusive. */
export function judge(value: number, required: number | undefined, aim: number | undefined): Row['met'] {
  if (aim !== undefined && value <= aim) return 'aim';
  if (required !== undefined) return value <= required ? 'required' : 'no';
  return aim === undefined ? '' : 'not the aim';
}

interface Value {
  readonly value: number;
  readonly foreignCores: number;
}

const marksOf = (samples: readonly BootSample[], system: SystemName, mark: MarkName): readonly Value[] =>
  samples.filter((sample) => sample.system === system).flatMap(({ marks }) => (marks[mark] === undefined ? [] : [valueAt(marks[mark])]));

const valueAt = ({ seconds, foreignCores }: TimedMark): Value => ({ value: seconds, foreignCores });

export const isClean = ({ foreignCores }: Pick<TimedMark, 'foreignCores'>): boolean => foreignCores < FOREIGN_CORES;

/** Of the clean values; of all, marked as disturbed, when none is clean; undefined when there are none. */
export function spreadOf(values: readonly Value[]): Spread | undefined {
  const clean = values.filter(isClean);
  const counted = (clean.length > 0 ? clean : values).map(({ value }) => value).sort((a, b) => a - b);
  const [min] = counted;
  const max = counted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const disturbed = clean.length === 0;
  return { median: medianOfSorted(counted), min, max, count: counted.length, disturbed, leftOut: values.length - counted.length };
}

const single = (value: number | undefined): Spread | undefined =>
  value === undefined ? undefined : { median: value, min: value, max: value, count: 1, disturbed: false, leftOut: 0 };

function medianOfSorted(sorted: readonly number[]): number {
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (lower + upper) / 2;
}
