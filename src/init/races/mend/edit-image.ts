/** Header edits applied to an image in memory: what the plan would read, and the files as they would be. Pure. */
import { type HeaderField, interpretFields } from '../../lsb-header.ts';
import type { PlanInput } from '../../plan/make-plan.ts';
import type { PlanScript } from '../../plan/plan-script.ts';
import type { HeaderEdit } from '../report/finding.ts';
import { editHeader, headerBlock, insertHeader, type KeyEdit } from './header-text.ts';
import type { MendImage } from './mend-image.ts';
import { unifiedDiff } from './unified-diff.ts';

/** The order that the plan would make of it. */
export function editPlan(input: PlanInput, edits: readonly HeaderEdit[]): PlanInput {
  const scripts = input.scripts.map((script) => {
    const own = edits.filter((edit) => edit.script === script.name);
    return own.length === 0 ? script : own.reduce(editScript, script);
  });
  return { ...input, scripts };
}

function editScript(script: PlanScript, { key, value }: HeaderEdit): PlanScript {
  const old = script.fields.length > 0 ? script.fields : guessedFields(script);
  const place = old.find((field) => field.key === key) ?? { file: script.file, line: (old[0]?.line ?? 1) + 1 };
  const field: HeaderField = { key, value, file: place.file, line: place.line };
  const others = old.filter((each) => each.key !== key);
  const fields = value === '' ? others : [...others, field];
  return { ...script, fields, header: interpretFields(fields, script).header };
}

/** What insserv makes up for a script without a header, as if somebody had written it. */
const guessedFields = (script: PlanScript): readonly HeaderField[] =>
  guessedEdits(script)
    .filter(({ value }) => value !== '')
    .map((edit, index) => ({ ...edit, file: script.file, line: index + 3 }));

const guessedEdits = ({ name, header, start, stop }: PlanScript): readonly KeyEdit[] => [
  { key: 'Provides', value: name },
  { key: 'Required-Start', value: header.requiredStart.join(' ') },
  { key: 'Required-Stop', value: header.requiredStop.join(' ') },
  { key: 'Default-Start', value: [...start].sort().join(' ') },
  { key: 'Default-Stop', value: [...stop].sort().join(' ') },
];

/** One file before and after. */
export interface FileEdit {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Each file once, in the order of the edits. A script whose text is not known has none. */
export function editFiles({ scripts, texts }: MendImage, edits: readonly HeaderEdit[]): readonly FileEdit[] {
  const files = new Map<string, FileEdit>();
  for (const edit of edits) {
    const script = scripts.find(({ name }) => name === edit.script);
    const path = script && fileOf(script, edit.key);
    const before = path === undefined ? undefined : texts.get(path);
    if (script === undefined || path === undefined || before === undefined) continue;
    const text = files.get(path)?.after ?? before;
    const after = editHeader(text, edit, { wholeFile: path !== script.file }) ?? withHeader(script, text, edit);
    files.set(path, { path, before, after });
  }
  return [...files.values()].filter(({ before, after }) => before !== after);
}

/** Where the key stands, else where the header does: an override counts more than the script. */
function fileOf({ file, fields }: PlanScript, key: string): string {
  const overrides = fields.filter((field) => field.file.startsWith('/etc/insserv/') || field.file.startsWith('/usr/share/insserv/'));
  return (fields.find((field) => field.key === key) ?? overrides[0])?.file ?? file;
}

const withHeader = (script: PlanScript, text: string, { key, value }: HeaderEdit): string =>
  insertHeader(text, [...guessedEdits(script).filter((edit) => edit.key !== key), { key, value }]);

/** For `patch -p1` at the top of the image. */
export const diffOf = (files: readonly FileEdit[]): string =>
  files.map(({ path, before, after }) => unifiedDiff(path, before, after)).join('');

/**
 * insserv's override stands for the whole header of a script that is not to be touched. None for an edit of several scripts, nor for a
 * script that has an override already: that is then the file to edit.
 */
export function overrideOf(files: readonly FileEdit[]): { readonly path: string; readonly text: string } | undefined {
  const [file, second] = files;
  const name = file === undefined ? undefined : /^\/etc\/init\.d\/([^/]+)$/.exec(file.path)?.[1];
  const text = file === undefined ? undefined : headerBlock(file.after);
  return name === undefined || text === undefined || second !== undefined ? undefined : { path: `/etc/insserv/overrides/${name}`, text };
}
