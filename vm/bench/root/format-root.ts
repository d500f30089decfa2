/** The table of the ways to a read-write root, and the ratios of ours to the peers of the same run. */
import { formatColumns } from '../../../src/cli/format-columns.ts';
import { spreadOf } from '../figures.ts';
import type { RootSample } from './measure-root.ts';
import type { RootResult } from './run-root.ts';
import { type RootState, type Way, ways } from './ways.ts';

type Clock = 'fromPid1' | 'fromKernel';

const MIB = 1048576;
const columns: readonly (readonly [string, Clock, RootState])[] = [
  ['PID 1 → rw', 'fromPid1', 'clean'],
  ['kernel → rw', 'fromKernel', 'clean'],
  ['PID 1 → rw, unclean', 'fromPid1', 'unclean'],
  ['kernel → rw, unclean', 'fromKernel', 'unclean'],
];

/** Medians of the undisturbed boots, `*` where there are none; then one line for each pair. Pure. */
export function formatRootTables({ samples, sizes, memory }: RootResult): string {
  const head = ['way to the root', ...columns.map(([title]) => title), 'initrd', 'unpacked', 'kept in memory'];
  const rows = ways.map((way) => {
    const size = sizes.get(way.title);
    const held = memory.get(way.title);
    const kept = way.isOurs ? (held === undefined ? '' : `${held.totalMiB.toFixed(0)} MiB`) : 'nothing';
    const times = columns.map(([, clock, state]) => formatSpread(spreadAt(samples, way, clock, state)));
    const sizeCells = size === undefined ? ['', ''] : [mib(size.bytes), mib(size.unpackedBytes)];
    return [way.title, ...times, ...sizeCells, kept];
  });
  const pairs = ways.flatMap((way) => way.peers.map((title) => [way, ways.find((each) => each.title === title)] as const));
  const ratios = pairs.flatMap(([ours, theirs]) => {
    if (theirs === undefined) return [];
    const cells = columns.map(([, clock, state]) => {
      const [a, b] = [spreadAt(samples, ours, clock, state)?.median, spreadAt(samples, theirs, clock, state)?.median];
      return a === undefined || b === undefined ? '' : `${(a / b).toFixed(2)}x`;
    });
    // The loader is none of ours: in root mode the toolbox lies on the root.
    const mine = ours.initrd === 'loader' ? undefined : sizes.get(ours.title);
    const other = sizes.get(theirs.title);
    const size =
      mine === undefined || other === undefined
        ? ['', '']
        : [`${(mine.bytes / other.bytes).toFixed(2)}x`, `${(mine.unpackedBytes / other.unpackedBytes).toFixed(2)}x`];
    return [[`${ours.title} : ${theirs.title}`, ...cells, ...size, '']];
  });
  return formatColumns([head, ...rows, head.map(() => ''), ...ratios]);
}

const spreadAt = (samples: readonly RootSample[], way: Way, clock: Clock, state: RootState) =>
  spreadOf(
    samples
      .filter((sample) => sample.title === way.title && sample.state === state)
      .map((sample) => ({ value: sample[clock], foreignCores: sample.foreignCores })),
  );

function formatSpread(spread: ReturnType<typeof spreadOf>): string {
  if (spread === undefined) return '';
  const { median, min, max, count, disturbed } = spread;
  return `${median.toFixed(1)} s${count === 1 ? '' : ` (${min.toFixed(1)}-${max.toFixed(1)})`}${disturbed ? ' *' : ''}`;
}

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
