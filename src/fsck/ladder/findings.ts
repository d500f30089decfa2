/** The complaints of one whole run of `e2fsck -n`, read as they appear: counted all, kept as many as a person can read. */
import { type Finding, type FindingKind, type Loss, losses, readFinding, remedies } from './finding.ts';

export interface Findings {
  readonly total: number;
  readonly byKind: Readonly<Partial<Record<FindingKind, number>>>;
  readonly byLoss: Readonly<Record<Loss, number>>;
  /** The first ones of each kind of loss, the worst first. */
  readonly shown: readonly Finding[];
}

export const noFindings: Findings = { total: 0, byKind: {}, byLoss: { nothing: 0, moved: 0, part: 0, file: 0 }, shown: [] };

const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const SHOWN_PER_LOSS = 50;
const LONGEST_COMPLAINT = 20;
const QUESTION = new RegExp(
  `^(.*?)(${[...remedies]
    .sort((a, b) => b.length - a.length)
    .map(quoted)
    .join('|')})(?: \\d+)?\\? (?:no|yes)\\s*$`,
);
/** What e2fsck says of itself, not of the filesystem. */
const ASIDE = [
  /^e2fsck \d/,
  /^Pass \d/,
  /^(?:Warning: (?:skipping journal|[Ff]ilesystem is mounted)|WARNING: Filesystem still has errors)/,
  /has been mounted \d+ times|gone \d+ days without being checked|contains a file system with errors, check forced/,
  /\*{5,}|files \(\d|^Running additional passes|^\(There are \d+ inodes|^Peak memory|^Overwriting existing|^ +e2undo /,
  /^[1-5] \d+ \d+ \S/,
  /trying backup blocks|^ext2fs_open2:/,
];

/** Takes e2fsck's lines one by one. */
export class FindingsReader {
  #pending: string[] = [];
  #total = 0;
  readonly #byKind: Partial<Record<FindingKind, number>> = {};
  readonly #byLoss: Record<Loss, number> = { nothing: 0, moved: 0, part: 0, file: 0 };
  readonly #kept: Record<Loss, Finding[]> = { nothing: [], moved: [], part: [], file: [] };

  add(line: string): void {
    const plain = line.slice(line.lastIndexOf('\r') + 1).trimEnd();
    if (plain === '') return;
    if (ASIDE.some((pattern) => pattern.test(plain))) {
      this.#pending = [];
      return;
    }
    const asked = QUESTION.exec(plain);
    if (asked === null) {
      this.#pending.push(plain);
      if (this.#pending.length > LONGEST_COMPLAINT) this.#pending.shift();
      return;
    }
    const complaint = [...this.#pending, asked[1] ?? ''].join(' ').trim();
    this.#pending = [];
    this.#count(readFinding(complaint === '' ? plain : complaint, asked[2]));
  }

  result(): Findings {
    const shown = [...losses].reverse().flatMap((loss) => this.#kept[loss]);
    return { total: this.#total, byKind: { ...this.#byKind }, byLoss: { ...this.#byLoss }, shown };
  }

  #count(finding: Finding): void {
    this.#total += 1;
    this.#byKind[finding.kind] = (this.#byKind[finding.kind] ?? 0) + 1;
    this.#byLoss[finding.loss] += 1;
    const kept = this.#kept[finding.loss];
    if (kept.length < SHOWN_PER_LOSS) kept.push(finding);
  }
}

/** `7 findings: 4 only count or cross-check, 2 cost part of a file, 1 costs a whole file`: one line for people. */
export function describeFindings({ total, byLoss }: Findings): string {
  if (total === 0) return 'no findings';
  const parts = [
    [byLoss.file, 'cost a whole file', 'costs a whole file'],
    [byLoss.part, 'cost part of a file or a name', 'costs part of a file or a name'],
    [byLoss.moved, 'move something elsewhere', 'moves something elsewhere'],
    [byLoss.nothing, 'lose nothing', 'loses nothing'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, many, one]) => `${count} ${count === 1 ? one : many}`);
  return `${total} finding${total === 1 ? '' : 's'}: ${said.join(', ')}`;
}

/** Lines of evidence: the worst first, with where they are. */
export function formatFindings(findings: Findings, most: number): readonly string[] {
  const lines = findings.shown.slice(0, most).map(({ loss, text, path, remedy }) => {
    const where = path === undefined || text.includes(path) ? '' : ` [${path}]`;
    return `${loss === 'nothing' ? 'loses nothing' : loss === 'moved' ? 'moves' : `loses ${loss === 'file' ? 'a file' : 'a part'}`}: ${text}${where}${remedy === undefined ? '' : ` (${remedy})`}`;
  });
  const left = findings.total - lines.length;
  return left > 0 ? [...lines, `… and ${left} more`] : lines;
}
