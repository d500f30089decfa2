/** Reads the order of the start from the image's links: `/etc/rcS.d/S02udev` is udev in tier `rcS.d/S02`. */
import { posix } from 'node:path';
import type { Problem } from '../sys/problem.ts';
import type { FileFacts, Sys } from '../sys/sys.ts';
import type { InitScript, Tier } from './init-script.ts';
import { interpretFields } from './lsb-header.ts';
import { listOverrides, type Overrides, readHeader } from './overrides.ts';

/** A directory of links: which letters count in it, and the run level its scripts are told. */
export interface LinkDirectory {
  /** `rcS.d` */
  readonly name: string;
  readonly letter: 'S' | 'K';
  readonly runlevel: string;
}

export interface Link {
  readonly file: string;
  readonly number: string;
  readonly name: string;
}

interface Found {
  readonly script: InitScript;
  readonly problems: readonly Problem[];
}

/** Links that follow one another before a loop is suspected: the kernel's own limit (path_resolution(7)). */
const MAX_LINKS = 40;

/** The early tiers and those of the run level, in the order in which they start. */
export const startDirectories = (runlevel: number | string): readonly LinkDirectory[] => [
  { name: 'rcS.d', letter: 'S', runlevel: 'S' },
  { name: `rc${runlevel}.d`, letter: 'S', runlevel: String(runlevel) },
];

/**
 * All tiers of the directories, in order, scripts sorted by name. What cannot be started (dangling link, not executable, no script)
 * is there with `skip` and a Problem; a script that an earlier tier starts is there with `skip` only, as sysvinit leaves it running.
 */
export async function readTiers(
  sys: Sys,
  directories: readonly LinkDirectory[],
  options: { readonly root?: string } = {},
): Promise<{ readonly tiers: readonly Tier[]; readonly problems: readonly Problem[] }> {
  const root = options.root ?? '';
  const overrides = await listOverrides(sys, root);
  const problems: Problem[] = [];
  const tiers: Tier[] = [];
  const firstTier = new Map<string, { readonly tier: string; readonly path: string }>();
  for (const directory of directories) {
    const path = `${root}/etc/${directory.name}`;
    const names = (await sys.listDir(path)) ?? [];
    const plan = planTiers(names, directory, path);
    problems.push(...plan.problems);
    if (plan.tiers.length === 0) problems.push(emptyDirectory(path, directory));
    for (const { number, links } of plan.tiers) {
      const tierName = `${directory.name}/${directory.letter}${number}`;
      const found = await Promise.all(links.map((link) => readScript(sys, `${path}/${link.file}`, link.name, { root, overrides })));
      problems.push(...found.flatMap((each) => each.problems));
      const scripts = found.map((each) => each.script).map((script) => startOnce(script, tierName, firstTier, problems));
      tiers.push({ name: tierName, runlevel: directory.runlevel, scripts: scripts.toSorted(byName) });
    }
  }
  return { tiers, problems };
}

/** Groups link names by their two-digit number, ascending. Names that only look like links are Problems. */
export function planTiers(
  names: readonly string[],
  directory: LinkDirectory,
  path: string,
): { readonly tiers: readonly { readonly number: string; readonly links: readonly Link[] }[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const groups = new Map<string, Link[]>();
  for (const file of names.toSorted(compare)) {
    const found = /^([SK])(\d\d)(\S+)$/.exec(file);
    if (found?.[1] === directory.letter) {
      const [, , number = '', name = ''] = found;
      groups.set(number, [...(groups.get(number) ?? []), { file, number, name }]);
    } else if (found === null && file.startsWith(directory.letter)) {
      const accepted = `${directory.letter}, two digits and a name without blanks; it is not started`;
      problems.push({ file: `${path}/${file}`, value: file, message: 'not the name of a start link', accepted });
    }
  }
  const tiers = [...groups].map(([number, links]) => ({ number, links })).toSorted((a, b) => compare(a.number, b.number));
  return { tiers, problems };
}

/** Code unit order: the same on every machine, whatever its locale. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: InitScript, b: InitScript): number => compare(a.name, b.name);

function emptyDirectory(path: string, { letter }: LinkDirectory): Problem {
  return { file: path, value: '', message: 'nothing to start in it', accepted: `links like ${letter}10name; the boot goes on without` };
}

function startOnce(
  script: InitScript,
  tier: string,
  firstTier: Map<string, { readonly tier: string; readonly path: string }>,
  problems: Problem[],
): InitScript {
  const first = firstTier.get(script.name);
  if (first === undefined) {
    if (script.skip === undefined) firstTier.set(script.name, { tier, path: script.path });
    return script;
  }
  if (first.path !== script.path && script.skip === undefined) {
    const message = `${first.path} of ${first.tier} has the same name`;
    problems.push({ file: script.path, value: script.name, message, accepted: 'one script of a name; the second is not started' });
  }
  return { ...script, skip: script.skip ?? `already started in ${first.tier}` };
}

/** The script that `file`, a link or the script itself, leads to. Never throws: what cannot be started has `skip`. */
export async function readScript(
  sys: Sys,
  file: string,
  linkName: string,
  { root, overrides }: { readonly root: string; readonly overrides: Overrides },
): Promise<Found> {
  try {
    const target = await follow(sys, file, root);
    const name = target.path === file ? linkName : posix.basename(target.path);
    if (target.facts === undefined) return notStarted(linkName, target.path, file, `${target.path} does not exist`, 'a link to a script');
    if (target.facts.kind !== 'file') return notStarted(name, target.path, file, `${target.path} is a ${target.facts.kind}`, 'a script');
    if ((target.facts.mode & 0o111) === 0) return notStarted(name, target.path, file, `${target.path} is not executable`, 'chmod 755');
    const text = (await sys.readText(target.path)) ?? '';
    if (!text.startsWith('#!') && !text.startsWith('\x7fELF')) {
      return notStarted(name, target.path, file, `${target.path} is not a script`, 'a first line like #!/bin/sh');
    }
    const { header, problems } = await readHeader(sys, { name, file: target.path, text: text.startsWith('#!') ? text : '' }, overrides);
    return { script: { name, path: target.path, header }, problems };
  } catch (error) {
    return notStarted(linkName, file, file, error instanceof Error ? error.message : String(error), 'a readable script');
  }
}

/** Where a link ends. Absolute targets count from `root`. */
async function follow(sys: Sys, file: string, root: string): Promise<{ readonly path: string; readonly facts: FileFacts | undefined }> {
  let path = file;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const facts = await sys.facts(path);
    if (facts?.kind !== 'symlink' || facts.target === undefined) return { path, facts };
    path = facts.target.startsWith('/') ? posix.join(root || '/', facts.target) : posix.join(posix.dirname(path), facts.target);
  }
  return { path, facts: undefined };
}

function notStarted(name: string, path: string, file: string, message: string, accepted: string): Found {
  const { header } = interpretFields([], { name, file: path });
  const problem: Problem = { file, value: name, message, accepted: `${accepted}; it is not started` };
  return { script: { name, path, header, skip: message }, problems: [problem] };
}
