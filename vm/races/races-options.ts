/** The words of `npm run vm -- races`. */
import { parseArgs } from 'node:util';
import { type FailOn, failOn } from '../../src/init/races/report/verdicts.ts';
import { ACCEPTED_SHARD, parseShard, type Shard } from '../../src/init/races/trial/shard.ts';

export const racesUsage = `usage: npm run vm -- races [OPTION]…
  finds races between the start-up scripts of an image, and shows each of them happening in another order
  --image FILE        a raw image with lifeboot in it (never written); default: the 20-service Debian server
  --key FILE          private key that your image lets in: its boots are recorded over ssh
  --scripts DIR       in the place of an image: initscripts of yours, in a small Debian of their own. DIR has the scripts, and root/ with
                      files that they want; or it is a tree with etc/init.d. They are enabled as their headers say
  --budget MINUTES    for the trials; default 60
  --boots N           recorded boots, each in another start order; default 4
  --shuffle ORDER     one more order to record: reverse, random, or a seed
  --output DIR        what is known goes there: report.json, trials.ndjson, recordings; default races
  --resume            go on where an interrupted run with the same --output was
  --shard I/N         only the I-th of N parts of the findings: lifeboot races merge makes one report of theirs
  --since REPORT      verdicts of this earlier report hold where neither script has changed
  --findings REPORT   try what this report predicts, and record nothing
  --trace FILE        analyse this recording, and record nothing; may be repeated
  --finding ID        only this finding; may be repeated
  --verify-mends      try the mends as well: the first edit of each confirmed or divergent finding, all together in a copy of the image
                      that is recorded and tried again, and one that makes a cycle with others in a further copy. The budget counts
  --accept FILE       races that somebody has accepted, with reason and day
  --fail-on KIND      exit status 1 when one is left that nobody has accepted: ${Object.keys(failOn).join(', ')}
  --console FILE      the serial console of the machine that is driven
`;

export interface RacesOptions {
  readonly image?: string;
  readonly key?: string;
  readonly scripts?: string;
  readonly budgetMs: number;
  readonly boots: number;
  readonly shuffle?: string;
  readonly output: string;
  readonly resume: boolean;
  readonly shard?: Shard;
  readonly since?: string;
  readonly findings?: string;
  readonly traces: readonly string[];
  readonly only: readonly string[];
  readonly verifyMends: boolean;
  readonly accept?: string;
  readonly failOn?: FailOn;
  readonly console?: string;
}

/** Throws a sentence that names the word, what it is, and what is accepted. Undefined: help was asked for. */
export function parseRacesOptions(argv: readonly string[]): RacesOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      ...Object.fromEntries(words.map((word) => [word, { type: 'string' as const }])),
      trace: { type: 'string', multiple: true },
      finding: { type: 'string', multiple: true },
      resume: { type: 'boolean', default: false },
      'verify-mends': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }) as { values: Readonly<Record<string, string | string[] | boolean | undefined>>; positionals: readonly string[] };
  if (values['help']) return undefined;
  const word = (name: string): string | undefined => values[name] as string | undefined;
  if (positionals.length > 0) throw new Error(`${positionals[0]}: races takes options only\n${racesUsage}`);
  if (word('image') !== undefined && word('scripts') !== undefined) throw new Error('--image and --scripts: one of them');
  const text = <K extends string>(key: K, name: string): { readonly [k in K]?: string } =>
    (word(name) === undefined ? {} : { [key]: word(name) }) as { readonly [k in K]?: string };
  return {
    ...text('image', 'image'),
    ...text('key', 'key'),
    ...text('scripts', 'scripts'),
    ...text('since', 'since'),
    ...text('findings', 'findings'),
    ...text('accept', 'accept'),
    ...text('console', 'console'),
    budgetMs: readNumber('budget', word('budget') ?? '60', { least: 1, most: 100_000 }) * 60_000,
    boots: readNumber('boots', word('boots') ?? '4', { least: 1, most: 100 }),
    output: word('output') ?? 'races',
    resume: values['resume'] === true,
    traces: (values['trace'] as string[] | undefined) ?? [],
    only: (values['finding'] as string[] | undefined) ?? [],
    verifyMends: values['verify-mends'] === true,
    ...readWord('shuffle', word('shuffle'), 'reverse, random, or a seed', (value) =>
      /^(?:reverse|random|\d{1,10})$/.test(value) ? value : undefined,
    ),
    ...readWord('shard', word('shard'), ACCEPTED_SHARD, parseShard),
    ...readWord('failOn', word('fail-on'), Object.keys(failOn).join(', '), (value) =>
      (Object.keys(failOn) as FailOn[]).find((kind) => kind === value),
    ),
  };
}

const words = [
  'image',
  'key',
  'scripts',
  'budget',
  'boots',
  'shuffle',
  'output',
  'shard',
  'since',
  'findings',
  'accept',
  'fail-on',
  'console',
];

function readNumber(name: string, text: string, { least, most }: { readonly least: number; readonly most: number }): number {
  const value = /^\d{1,9}(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new Error(`--${name} ${text}: accepted is a number from ${least} to ${most}`);
  return value;
}

function readWord<K extends string, T>(
  key: K,
  text: string | undefined,
  accepted: string,
  read: (text: string) => T | undefined,
): { readonly [k in K]?: T } {
  if (text === undefined) return {};
  const value = read(text);
  if (value === undefined) throw new Error(`--${key === 'failOn' ? 'fail-on' : key} ${text}: accepted: ${accepted}`);
  return { [key]: value } as { readonly [k in K]?: T };
}
