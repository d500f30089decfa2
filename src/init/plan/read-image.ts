/** Reads what an image says about its scripts: headers, overrides, facilities and links. */
import type { FileFacts, Sys } from '../../sys/sys.ts';
import { findBuiltIn } from '../built-in-scripts.ts';
import { type HeaderField, interpretFields } from '../lsb-header.ts';
import { listOverrides, type Overrides, readHeader } from '../overrides.ts';
import { DEBIAN_FACILITIES, type Facilities, parseFacilities } from './facilities.ts';
import { compareNames, type Finding, fromProblem } from './finding.ts';
import { RUN_LEVELS } from './groups.ts';
import type { PlanInput } from './make-plan.ts';
import type { PlanScript } from './plan-script.ts';
import { guessedNeeds } from './script-lint.ts';
import { type LinkNumbers, linkKey } from './stale-links.ts';

/** insserv(8), NOTE: names that are no initscript; Debian's files that are none either; and names no link can have. */
const IGNORED =
  /\s|^[$.#%_+\-\\*[\]^:()~]|~$|\.(dpkg|ucf|rpm|ba)[^.]*$|\.(old|new|org|orig|save|swp|core)$|^(README|rc|rcS|rcN|skeleton|functions)$/;
/** Headers stand at the top; files open at one time. */
const AT_ONCE = 64;

interface Levels {
  readonly start: Set<string>;
  readonly stop: Set<string>;
}

interface Links {
  readonly levels: ReadonlyMap<string, Levels>;
  readonly numbers: LinkNumbers;
}

interface Found {
  readonly script: PlanScript;
  readonly findings: readonly Finding[];
}

/**
 * `root` is `` for this machine. A script's run levels are those of its links; without any, or with `defaults`, those of its header.
 * Paths in the answer are as the image calls them. Throws SysError when the image cannot be read.
 */
export async function readImage(
  sys: Sys,
  root: string,
  options: { readonly defaults?: boolean } = {},
): Promise<PlanInput & { readonly numbers: LinkNumbers; readonly findings: readonly Finding[] }> {
  const directory = `${root}/etc/init.d`;
  const names = await sys.listDir(directory);
  if (names === undefined) throw new Error(`${directory} does not exist: --root is the top of an image with initscripts`);
  const [facilities, overrides, links, filters] = await Promise.all([
    readFacilities(sys, root),
    listOverrides(sys, root),
    readLinks(sys, root),
    readFilters(sys, root),
  ]);
  const wanted = names
    .filter((name) => !IGNORED.test(name) && !filters.some((extension) => name.endsWith(`.${extension}`)))
    .sort(compareNames);
  const found: Found[] = [];
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const part = wanted.slice(at, at + AT_ONCE);
    const read = await Promise.all(
      part.map((name) =>
        readScript(sys, root, name, { overrides, facilities, levels: options.defaults ? undefined : links.levels.get(name) }),
      ),
    );
    found.push(...read.flat());
  }
  return {
    scripts: found.map(({ script }) => script),
    facilities,
    numbers: links.numbers,
    findings: found.flatMap(({ findings }) => findings),
  };
}

/** The virtual facilities of an image; Debian's own where it has no insserv.conf. */
export async function readFacilities(sys: Sys, root: string): Promise<Facilities> {
  const main = await sys.readText(`${root}/etc/insserv.conf`);
  const directory = `${root}/etc/insserv.conf.d`;
  const names = ((await sys.listDir(directory)) ?? []).filter((name) => !IGNORED.test(name)).sort(compareNames);
  const more = await Promise.all(names.map((name) => sys.readText(`${directory}/${name}`)));
  return parseFacilities([main ?? DEBIAN_FACILITIES, ...more.map((text) => text ?? '')]);
}

/** Extensions the administrator hides from insserv(8). */
async function readFilters(sys: Sys, root: string): Promise<readonly string[]> {
  const text = (await sys.readText(`${root}/etc/insserv/file-filters`)) ?? '';
  return text
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim().replace(/^\./, ''))
    .filter((line) => line !== '');
}

/** Where each script has links. A start link counts more than a stop link beside it. */
async function readLinks(sys: Sys, root: string): Promise<Links> {
  const numbers = new Map<string, number>();
  const levels = new Map<string, Levels>();
  for (const level of RUN_LEVELS) {
    for (const file of (await sys.listDir(`${root}/etc/rc${level}.d`)) ?? []) {
      const [, letter = '', number, name] = /^([SK])(\d\d)(\S+)$/.exec(file) ?? [];
      if (name === undefined) continue;
      const entry = levels.get(name) ?? { start: new Set(), stop: new Set() };
      levels.set(name, entry);
      (letter === 'S' ? entry.start : entry.stop).add(level);
      numbers.set(linkKey(level, letter, name), Number(number));
    }
  }
  for (const { start, stop } of levels.values()) for (const level of start) stop.delete(level);
  return { levels, numbers };
}

async function readScript(
  sys: Sys,
  root: string,
  name: string,
  from: { readonly overrides: Overrides; readonly facilities: Facilities; readonly levels: Levels | undefined },
): Promise<readonly Found[]> {
  const file = `/etc/init.d/${name}`;
  const facts = await sys.facts(`${root}${file}`);
  if (facts === undefined || facts.kind === 'directory' || (from.levels === undefined && isAlias(facts))) return [];
  const text =
    facts.kind === 'file' || facts.kind === 'symlink' ? await quietText(sys, `${root}${absoluteTarget(facts) ?? file}`) : undefined;
  const executable = facts.kind === 'symlink' || (facts.mode & 0o111) !== 0;
  const read = await readHeader(sys, { name, file: `${root}${file}`, text: text?.startsWith('#!') ? text : '' }, from.overrides);
  const fields = read.fields.map((field): HeaderField => ({ ...field, file: inImage(field.file, root) }));
  const findings = read.problems.map((problem) => fromProblem(name, { ...problem, file: inImage(problem.file, root) }));
  const own = fields.length > 0 ? read.header : guess(name, file, from);
  const header = levelsOf(own.defaultStart, own.defaultStop);
  findings.push(...header.unknown.map((word) => unknownLevel(name, file, word, fields)));
  const { start, stop } = from.levels ?? header;
  if (text === undefined || !executable) {
    // It may be switched off just so; only links to it are worth a word.
    if (from.levels !== undefined) findings.push(notRunnable(name, file, text === undefined ? 'cannot be read' : 'is not executable'));
    return [{ script: { name, file, header: own, fields, start: new Set(), stop: new Set() }, findings }];
  }
  if (from.levels !== undefined && fields.length > 0) findings.push(...linksDiffer(name, file, from.levels, header));
  const builtIn = start.size > 0 ? await findBuiltIn(sys, name, 'start', root) : await findBuiltIn(sys, name, 'stop', root);
  return [{ script: { name, file, header: own, fields, start, stop, ...(builtIn && { builtIn: builtIn.why }) }, findings }];
}

/** A link that leads nowhere, or out of an image that is not ours to read, counts as unreadable. */
async function quietText(sys: Sys, path: string): Promise<string | undefined> {
  return sys.readText(path).catch(() => undefined);
}

/** An absolute link counts from the root of the image. */
const absoluteTarget = ({ target }: FileFacts): string | undefined => (target?.startsWith('/') ? target : undefined);

/** Another name of a script beside it, as Debian's ups-monitor is of nut-client: no script of its own while it has no links of its own. */
const isAlias = ({ target }: FileFacts): boolean => target !== undefined && /^(\/etc\/init\.d\/|\.\/)?[^/]+$/.test(target);

const inImage = (file: string, root: string): string => (root !== '' && file.startsWith(`${root}/`) ? file.slice(root.length) : file);

function guess(
  name: string,
  file: string,
  { facilities, levels }: { readonly facilities: Facilities; readonly levels: Levels | undefined },
) {
  const { header } = interpretFields([], { name, file });
  const early = levels?.start.has('S') === true || (levels !== undefined && levels.start.size === 0);
  const needs = early ? [] : guessedNeeds(facilities);
  return { ...header, requiredStart: needs, requiredStop: needs };
}

function levelsOf(start: readonly string[], stop: readonly string[]): Levels & { readonly unknown: readonly string[] } {
  const known = (words: readonly string[]) => new Set(words.map((word) => word.toUpperCase()).filter((word) => isLevel(word)));
  return { start: known(start), stop: known(stop), unknown: [...start, ...stop].filter((word) => !isLevel(word.toUpperCase())) };
}

const isLevel = (word: string): boolean => RUN_LEVELS.some((level) => level === word);

function unknownLevel(name: string, file: string, word: string, fields: readonly HeaderField[]): Finding {
  const field = fields.find(({ key, value }) => key.startsWith('Default-') && value.includes(word));
  const place = field === undefined ? { file } : { file: field.file, line: field.line };
  return {
    severity: 'warning',
    rule: 'run-level',
    script: name,
    ...place,
    message: `${JSON.stringify(word)} is no run level`,
    mend: RUN_LEVELS.join(' '),
  };
}

const notRunnable = (name: string, file: string, why: string): Finding => ({
  severity: 'warning',
  rule: 'links',
  script: name,
  file,
  message: `${name} has links, but ${why}: it is not in the plan`,
  mend: `chmod 755, or remove its links (update-rc.d ${name} remove)`,
});

function linksDiffer(name: string, file: string, links: Levels, header: Levels): readonly Finding[] {
  const show = ({ start, stop }: Levels) => `start ${[...start].sort().join(' ') || '-'}, stop ${[...stop].sort().join(' ') || '-'}`;
  if (show(links) === show(header)) return [];
  const message = `its links say ${show(links)}, its header ${show(header)}; the links count`;
  return [
    {
      severity: 'warning',
      rule: 'links',
      script: name,
      file,
      message,
      mend: `plan --defaults takes the header's; or update-rc.d ${name} defaults`,
    },
  ];
}
