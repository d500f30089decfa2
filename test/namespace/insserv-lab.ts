/** A root of initscripts for Debian's real insserv, and what it made of it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DEBIAN_FACILITIES } from '../../src/init/plan/facilities.ts';
import { type Finding, formatFinding } from '../../src/init/plan/finding.ts';
import { makePlan, type Plan } from '../../src/init/plan/make-plan.ts';
import { readImage } from '../../src/init/plan/read-image.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';

/** Text by path below the root: `/etc/init.d/ssh`. */
export type Files = Readonly<Record<string, string>>;

export interface Verdict {
  readonly refused: boolean;
  /** What insserv said, without its progress. */
  readonly said: readonly string[];
  /** `a` waits for each of `b`, by makefile: boot (rcS.d), start, stop. */
  readonly constraints: readonly { readonly file: 'boot' | 'start' | 'stop'; readonly from: string; readonly to: string }[];
}

export const scriptText = (lines: readonly string[]): string =>
  ['#!/bin/sh', '### BEGIN INIT INFO', ...lines, '### END INIT INFO', ''].join('\n');

/** Enables every script of the files by insserv, and plans the same files by lifeboot. */
export async function compareWithInsserv(files: Files): Promise<{
  readonly insserv: Verdict;
  readonly plan: Plan | undefined;
  readonly findings: readonly Finding[];
}> {
  const root = mkdtempSync(join(tmpdir(), 'lifeboot-insserv-'));
  try {
    for (const level of '0123456S') mkdirSync(join(root, `etc/rc${level}.d`), { recursive: true });
    for (const [path, text] of Object.entries({ '/etc/insserv.conf': DEBIAN_FACILITIES, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text, { mode: 0o755 });
    }
    // Before insserv has made links: both go by the headers.
    const image = await readImage(createLinuxSys(), root);
    const { plan, findings } = makePlan(image);
    return {
      insserv: runInsserv(
        root,
        image.scripts.map(({ name }) => name),
      ),
      plan,
      findings,
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function runInsserv(root: string, names: readonly string[]): Verdict {
  const scripts = join(root, 'etc/init.d');
  const options = [
    '-v',
    '-d',
    '-c',
    join(root, 'etc/insserv.conf'),
    '-p',
    scripts,
    '-i',
    scripts,
    '-o',
    join(root, 'etc/insserv/overrides'),
  ];
  const { status, stderr, error } = spawnSync('insserv', [...options, ...names], { encoding: 'utf8', timeout: 60_000 });
  if (error !== undefined) throw error;
  const said = stderr.split('\n').filter((line) => line !== '' && !/: (enable service|creating|Loading|remove service)/.test(line));
  if (status !== 0) return { refused: true, said, constraints: [] };
  const constraints = (['boot', 'start', 'stop'] as const).flatMap((file) =>
    readFileSync(join(scripts, `.depend.${file}`), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, from, list] = /^([^\s:=]+):(.*)$/.exec(line) ?? [];
        return from === undefined
          ? []
          : (list ?? '')
              .split(/\s+/)
              .filter((to) => to !== '')
              .map((to) => ({ file, from, to }));
      }),
  );
  return { refused: false, said, constraints };
}

/** Constraints of insserv that the plan breaks. Scripts of run level 1 and of 2 to 5 never meet, though insserv has one file for them. */
export function brokenConstraints(plan: Plan, { constraints }: Verdict): { readonly checked: number; readonly broken: readonly string[] } {
  const groupsOf = { boot: ['S'], start: ['1', '2-5'], stop: ['stop'] } as const;
  const places = new Map(
    plan.groups.flatMap(({ group, tiers }) =>
      tiers.flatMap(({ scripts }, index) => scripts.map(({ script }) => [`${group.name}/${script.name}`, index] as const)),
    ),
  );
  const met = constraints.flatMap(({ file, from, to }) =>
    groupsOf[file].flatMap((group) => {
      const [late, early] = [places.get(`${group}/${from}`), places.get(`${group}/${to}`)];
      return late === undefined || early === undefined ? [] : [{ holds: early < late, text: `${file}: ${from} waits for ${to}` }];
    }),
  );
  return { checked: met.length, broken: met.filter(({ holds }) => !holds).map(({ text }) => text) };
}

export const errorsOf = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(({ severity }) => severity === 'error').map(formatFinding);
