/** Makes the links of a plan in an image. */
import { makeLink } from '../../sys/make-link.ts';
import type { Sys } from '../../sys/sys.ts';
import { RUN_LEVELS } from './groups.ts';
import type { Plan } from './make-plan.ts';
import { type FoundLink, type LinkChanges, planLinks } from './plan-links.ts';

/**
 * New links first, old ones after: killed in between, a script has one link too many, never one too few, and the next run mends that.
 * Resolves with what was done. Throws SysError when the image cannot be written.
 */
export async function writeLinks(sys: Sys, root: string, plan: Plan): Promise<LinkChanges> {
  const found: FoundLink[] = [];
  for (const level of RUN_LEVELS) found.push(...(await readLinks(sys, root, `rc${level}.d`)));
  const changes = planLinks(plan, found);
  for (const directory of new Set(changes.make.map(({ path }) => path.slice(0, path.indexOf('/'))))) {
    await sys.makeDir(`${root}/etc/${directory}`, 0o755);
  }
  for (const { path, target } of changes.make) await makeLink(`${root}/etc/${path}`, target);
  for (const path of changes.remove) await sys.remove(`${root}/etc/${path}`);
  return changes;
}

async function readLinks(sys: Sys, root: string, directory: string): Promise<readonly FoundLink[]> {
  const names = (await sys.listDir(`${root}/etc/${directory}`)) ?? [];
  return Promise.all(
    names.map(async (file): Promise<FoundLink> => {
      const facts = await sys.facts(`${root}/etc/${directory}/${file}`);
      return { directory, file, ...(facts?.target !== undefined && { target: facts.target }) };
    }),
  );
}
