/** `lifeboot plan`: the order of an image's scripts, from their headers; its lint, and its links. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Finding, formatFinding, sortFindings } from '../init/plan/finding.ts';
import { makePlan, type Plan } from '../init/plan/make-plan.ts';
import { diffPlans, parseOldPlan } from '../init/plan/plan-diff.ts';
import { formatDot } from '../init/plan/plan-dot.ts';
import { planRows } from '../init/plan/plan-rows.ts';
import { formatSvg } from '../init/plan/plan-svg.ts';
import { formatPlan } from '../init/plan/plan-text.ts';
import { readImage } from '../init/plan/read-image.ts';
import { staleLinks } from '../init/plan/stale-links.ts';
import { writeLinks } from '../init/plan/write-links.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { safeJson } from '../sys/safe-json.ts';
import type { Sys } from '../sys/sys.ts';
import { UsageError } from './usage-error.ts';

/** Exit status: no plan, errors of the lint, or a difference. */
const DIFFERENT = 1;
const forms = ['json', 'dot', 'svg', 'write', 'check'] as const;

/** The plan goes to standard output; what is wrong goes to standard error, or with `--check` to standard output alone. */
export async function plan(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      root: { type: 'string', default: '/' },
      defaults: { type: 'boolean', default: false },
      diff: { type: 'string' },
      json: { type: 'boolean', default: false },
      dot: { type: 'boolean', default: false },
      svg: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  const chosen = [...forms.filter((form) => values[form]), ...(values.diff === undefined ? [] : ['diff'])];
  const [form = 'text', second] = chosen;
  if (second !== undefined && !(values.check && values.json && chosen.length === 2))
    throw new UsageError(`--${form} and --${second}: one at a time`);
  const sys = createLinuxSys();
  const root = resolve(values.root).replace(/\/$/, '');
  const image = await readImage(sys, root, { defaults: values.defaults });
  const made = makePlan(image);
  const findings = sortFindings([...image.findings, ...made.findings]);
  if (values.check) return tellFindings(sortFindings([...findings, ...staleLinks(made.plan, image.numbers)]), values.json);
  const errors = findings.filter(({ severity }) => severity === 'error');
  process.stderr.write(clean(errors.map((each) => `${formatFinding(each)}\n`).join('')));
  if (made.plan === undefined) {
    process.stderr.write('lifeboot: there is no plan: no script is left out to make one\n');
    return DIFFERENT;
  }
  if (form === 'write') return write(sys, root, made.plan, errors);
  if (values.diff !== undefined) return tellDiff(sys, values.diff, made.plan);
  process.stdout.write(clean(show(form, made.plan)));
  return errors.length === 0 ? 0 : DIFFERENT;
}

function show(form: string, made: Plan): string {
  if (form === 'json') return `${safeJson({ version: 1, scripts: planRows(made) }, 2)}\n`;
  if (form === 'dot') return formatDot(made.groups);
  return form === 'svg' ? formatSvg(made.groups) : formatPlan(planRows(made));
}

function tellFindings(findings: readonly Finding[], json: boolean): number {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const count = `${errors} errors, ${findings.length - errors} warnings`;
  const text = json ? safeJson({ version: 1, findings }, 2) : [...findings.map(formatFinding), count].join('\n');
  process.stdout.write(clean(`${text}\n`));
  return errors === 0 ? 0 : DIFFERENT;
}

async function write(sys: Sys, root: string, made: Plan, errors: readonly Finding[]): Promise<number> {
  if (errors.length > 0) {
    process.stderr.write('lifeboot: nothing is written while there are errors\n');
    return DIFFERENT;
  }
  const { make, remove, kept } = await writeLinks(sys, root, made);
  const lines = [...make.map(({ path }) => `made ${path}`), ...remove.map((path) => `removed ${path}`), ...kept];
  process.stdout.write(clean([...lines, `${make.length} links made, ${remove.length} removed, ${kept.length} left alone`, ''].join('\n')));
  return 0;
}

/** As diff(1): 0 when nothing changed, 1 when something did. */
async function tellDiff(sys: Sys, file: string, made: Plan): Promise<number> {
  const text = await sys.readText(file);
  if (text === undefined) throw new UsageError(`${file} does not exist`);
  const old = parseOldPlan(text);
  if (old === undefined) throw new UsageError(`${file}: not what lifeboot plan or lifeboot plan --json prints`);
  const lines = diffPlans(old, planRows(made));
  process.stdout.write(clean(lines.map((line) => `${line}\n`).join('')));
  return lines.length === 0 ? 0 : DIFFERENT;
}

/** The headers of an image steer no terminal. */
const clean = (text: string): string => text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '?');
