/** Makes the table's rows of the rescue sshd's samples. */
import { judge, type Spread } from '../figures.ts';

/** `lifeboot` is ours; in this order they are measured. */
export const servers = ['lifeboot', 'openssh', 'dropbear'] as const;
export type ServerName = (typeof servers)[number];

/** What one server did; each list has one value a run. */
export type Samples = Readonly<Record<FigureName, number[]>>;
export type FigureName = 'listening' | 'login' | 'put' | 'get' | 'idle' | 'session';

export interface RescueRow {
  readonly figure: string;
  readonly unit: 'ms' | 's' | 'MiB';
  readonly ours: Spread;
  readonly peer: string;
  readonly theirs: Spread;
  readonly ratio: number;
  readonly aim?: number;
  readonly met: 'aim' | 'required' | 'no' | 'not the aim' | '';
}

interface Figure {
  readonly name: FigureName;
  readonly figure: string;
  readonly unit: RescueRow['unit'];
  readonly percent: number;
  readonly peers: readonly ServerName[];
  readonly aim?: number;
}

/** Half the rate is twice the time. */
const figures: readonly Figure[] = [
  { name: 'login', figure: '`ssh host true`', unit: 'ms', percent: 50, peers: ['openssh', 'dropbear'], aim: 1.5 },
  { name: 'login', figure: '`ssh host true`, p95', unit: 'ms', percent: 95, peers: ['openssh', 'dropbear'] },
  { name: 'put', figure: 'sftp put of 100 MB', unit: 's', percent: 50, peers: ['openssh'], aim: 2 },
  { name: 'get', figure: 'sftp get of 100 MB', unit: 's', percent: 50, peers: ['openssh'], aim: 2 },
  { name: 'listening', figure: 'process start → listening', unit: 'ms', percent: 50, peers: ['openssh', 'dropbear'] },
  { name: 'idle', figure: 'memory (PSS) when idle', unit: 'MiB', percent: 50, peers: ['openssh', 'dropbear'] },
  { name: 'session', figure: 'memory (PSS) of one more session', unit: 'MiB', percent: 50, peers: ['openssh', 'dropbear'] },
];

const titles: Readonly<Record<ServerName, string>> = { lifeboot: 'lifeboot', openssh: "OpenSSH's sshd", dropbear: "dropbear's server" };

/** One row for each figure and peer that both have values of. */
export function makeRescueRows(samples: Readonly<Record<ServerName, Samples>>): readonly RescueRow[] {
  return figures.flatMap(({ name, percent, peers, ...figure }) => {
    const scale = figure.unit === 'ms' ? 1000 : 1;
    const ours = spreadAt(samples.lifeboot[name], percent, scale);
    return peers.flatMap((peer) => {
      const theirs = spreadAt(samples[peer][name], percent, scale);
      if (ours === undefined || theirs === undefined) return [];
      const ratio = ours.median / theirs.median;
      return [{ ...figure, ours, peer: titles[peer], theirs, ratio, met: judge(ratio, undefined, figure.aim) }];
    });
  });
}

/** The value that so many percent do not exceed, and the range. */
function spreadAt(values: readonly number[], percent: number, scale: number): Spread | undefined {
  const sorted = values.map((value) => value * scale).sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const median = sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? max;
  return { median, min, max, count: sorted.length, disturbed: false, leftOut: 0 };
}
