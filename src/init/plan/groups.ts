/** Which scripts are ordered together. A boot runs rcS.d, then the directory of one run level. */

export interface Group {
  /** `S`, `1`, `2-5`, `0`, `6`, `stop`. */
  readonly name: string;
  readonly letter: 'S' | 'K';
  /** Run levels whose directories its links are in. */
  readonly levels: readonly string[];
  /** The group that is through before this one begins. */
  readonly after?: string;
}

/** Run levels 2 to 5 have one order, and so has everything that stops: one script, one number. */
export const groups: readonly Group[] = [
  { name: 'S', letter: 'S', levels: ['S'] },
  { name: '1', letter: 'S', levels: ['1'], after: 'S' },
  { name: '2-5', letter: 'S', levels: ['2', '3', '4', '5'], after: 'S' },
  { name: '0', letter: 'S', levels: ['0'], after: 'S' },
  { name: '6', letter: 'S', levels: ['6'], after: 'S' },
  { name: 'stop', letter: 'K', levels: ['S', '0', '1', '2', '3', '4', '5', '6'] },
];

export const RUN_LEVELS = ['S', '0', '1', '2', '3', '4', '5', '6'] as const;

/** `2345` for a set of levels, in the order S, 0 to 6. */
export const showLevels = (levels: ReadonlySet<string>): string => RUN_LEVELS.filter((level) => levels.has(level)).join('');
