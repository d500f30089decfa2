/** Two or three ways to end each race, the best first: the smallest header edit that the plan bears, then what no header can do. Pure. */
import { formatWitness } from '../../plan/cycles.ts';
import type { Edge } from '../../plan/edges.ts';
import { makePlan, type Plan } from '../../plan/make-plan.ts';
import type { PlanScript } from '../../plan/plan-script.ts';
import type { Finding, HeaderEdit, JudgedFinding, Mend } from '../report/finding.ts';
import { adviseOn, isLock } from './advice.ts';
import { checkOrder } from './check-order.ts';
import type { Durations } from './critical-path.ts';
import { type Direction, directionOf, isLate, isNeed } from './direction.ts';
import { addWord, dropWord, inConsumer, inProducer, plainNameOf } from './edge-edits.ts';
import { diffOf, editFiles, overrideOf } from './edit-image.ts';
import type { MendImage } from './mend-image.ts';

type Tried = Finding & Partial<Pick<JudgedFinding, 'judgement'>>;

export interface MendInput {
  readonly image: MendImage;
  readonly durations: Durations;
  /** Whether two scripts were ever seen to touch the same thing in a way that does not commute. Absent: not known. */
  readonly hasConflict?: (a: string, b: string) => boolean;
}

const MOST_MENDS = 3;
/** From so many consumers on one line in the producer is the smaller edit. */
const MANY = 3;

/** By the id of the finding. `verified` is false in all of them: only a re-run may say otherwise. */
export function proposeMends(findings: readonly Tried[], input: MendInput): ReadonlyMap<string, readonly Mend[]> {
  const before = makePlan(input.image).plan;
  const consumers = new Map<string, Set<string>>();
  for (const finding of findings) {
    const { first, second } = directionOf(finding);
    consumers.set(first, (consumers.get(first) ?? new Set()).add(second));
  }
  return new Map(
    findings.map((finding) => {
      const direction = directionOf(finding);
      const many = (consumers.get(direction.first)?.size ?? 0) >= MANY;
      const advice = adviseOn(finding, direction);
      const edits = before === undefined ? [] : mendHeaders(finding, direction, { ...input, before, many });
      return [finding.id, rank(finding, edits, advice).slice(0, MOST_MENDS)] as const;
    }),
  );
}

/** What helps a lock or a lottery itself is better than an order; everywhere else words come last. */
function rank({ type, witnesses }: Finding, edits: readonly Mend[], advice: readonly Mend[]): readonly Mend[] {
  const helpsItself = type === 'T8' || (type === 'T4' && isLock(witnesses[0]?.object ?? ''));
  return helpsItself ? [...advice.slice(0, 1), ...edits, ...advice.slice(1)] : [...edits.slice(0, 2), ...advice, ...edits.slice(2)];
}

type Context = MendInput & { readonly before: Plan; readonly many: boolean };

function mendHeaders(finding: Tried, direction: Direction, context: Context): readonly Mend[] {
  const { image, many } = context;
  const script = (name: string) => image.scripts.find((each) => each.name === name);
  const [first, second] = [script(direction.first), script(direction.second)];
  if (first === undefined || second === undefined) return [];
  if (finding.type === 'T7') return first.header.ready === undefined ? [readiness(first, context)] : [];
  const need = isNeed(finding);
  const plain = addWord(second, need ? 'Required-Start' : 'Should-Start', plainNameOf(first, image));
  const consumer = distinct([inConsumer(first, second, image, need), plain]);
  const producer = inProducer(first, second, image);
  const vendors = image.vendor.has(second.name) && !image.vendor.has(first.name);
  const tries = many || vendors ? [producer, ...consumer] : [...consumer, producer];
  const gap = isLate(finding, direction.first) ? `; it is not enough as long as ${direction.first} ends before its daemon is ready` : '';
  const mends = tries.map((edit) => tryEdit(edit, { direction, gap }, context));
  const good = mends.filter((mend) => mend !== undefined && mend.cycle === undefined) as readonly Mend[];
  return good.length > 0 ? takeOne(good, consumer) : mends.flatMap((mend) => mend ?? []).slice(0, 1);
}

/** A facility and a plain name in the same key are one way, not two: the first that went well. */
function takeOne(good: readonly Mend[], consumer: readonly HeaderEdit[]): readonly Mend[] {
  const isConsumer = ({ edits = [] }: Mend) => consumer.some((edit) => edit === edits[0]);
  const [chosen] = good.filter(isConsumer);
  return good.filter((mend) => !isConsumer(mend) || mend === chosen);
}

const distinct = (edits: readonly HeaderEdit[]): readonly HeaderEdit[] =>
  edits.filter((edit, index) => edits.findIndex(({ key, value }) => key === edit.key && value === edit.value) === index);

/** The edit; or, where it alone would make a cycle, the edit and what could be given up for it; undefined when it changes nothing. */
function tryEdit(
  edit: HeaderEdit,
  { direction, gap }: { readonly direction: Direction; readonly gap: string },
  context: Context,
): Mend | undefined {
  const { image, before, durations } = context;
  const checked = checkOrder(image, [edit], direction, { before, durations });
  if (checked.kind === 'no-effect') return undefined;
  if (checked.kind === 'ordered') return asMend([edit], `${lineOf(edit, image)}: ${direction.because}${gap}`, checked, context);
  const cycle = checked.edges.map((edge) => `${edge.from} waits for ${edge.to}: ${formatWitness(edge)}`);
  for (const weak of weakEdges(checked.edges, edit, context)) {
    const writer = image.scripts.find(({ name }) => name === weak.by);
    if (writer === undefined) continue;
    const both = [edit, dropWord(writer, weak.key, weak.word)];
    const again = checkOrder(image, both, direction, { before, durations });
    if (again.kind !== 'ordered') continue;
    const why = weak.hard ? 'behind which no conflict was ever seen' : 'a wish, not a need';
    const summary = `${lineOf(edit, image)}, and ${weak.key} of ${weak.by} without ${weak.word} (${why})${gap}`;
    return { ...asMend(both, summary, again, context), cycle };
  }
  return { summary: splitAdvice(direction), verified: false, cycle };
}

const lineOf = ({ script, key, value }: HeaderEdit, { scripts }: MendImage): string => {
  const old = scripts.find(({ name }) => name === script)?.fields.find((field) => field.key === key)?.value ?? '';
  const added = value.startsWith(old) ? value.slice(old.length).trim() : value;
  return `${key}: ${added} in ${script}`;
};

function asMend(
  edits: readonly HeaderEdit[],
  summary: string,
  at: { readonly tier: string; readonly costMs: number },
  { image }: Context,
): Mend {
  const files = editFiles(image, edits);
  const override = overrideOf(files);
  return {
    summary,
    ...(files.length === 0 ? {} : { diff: diffOf(files) }),
    ...(override === undefined ? {} : { override }),
    costMs: at.costMs,
    verified: false,
    edits,
    tier: at.tier,
  };
}

/** What of a cycle could go: a wish behind which no conflict was seen, a need behind which none was, any other wish. Never all of a facility. */
function weakEdges(edges: readonly Edge[], edit: HeaderEdit, { hasConflict }: Context): readonly Edge[] {
  const idle = ({ from, to }: Edge) => hasConflict !== undefined && !hasConflict(from, to);
  const weight = (edge: Edge) => (!edge.hard && idle(edge) ? 0 : idle(edge) ? 1 : 2);
  return edges
    .filter((edge) => !(edge.by === edit.script && edge.key === edit.key) && !edge.word.startsWith('$') && (!edge.hard || idle(edge)))
    .toSorted((a, b) => weight(a) - weight(b));
}

const splitAdvice = ({ first, second }: Direction): string =>
  `no header line: ${first} before ${second} would make a cycle. Move the one action that ${second} needs (mkdir, chown, sysctl) into a script of an earlier tier, or split the start of ${first} into prepare and run`;

/** An order is there already, and is not enough. */
function readiness(first: PlanScript, { image }: Context): Mend {
  const edit: HeaderEdit = { script: first.name, key: 'X-Ready', value: 'notify' };
  const files = editFiles(image, [edit]);
  const override = overrideOf(files);
  return {
    summary: `X-Ready: notify in ${first.name}, where its daemon speaks sd_notify(3); X-Ready: fd:3 where it writes a newline when it is up`,
    ...(files.length === 0 ? {} : { diff: diffOf(files) }),
    ...(override === undefined ? {} : { override }),
    verified: false,
    edits: [edit],
  };
}
