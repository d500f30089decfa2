/** A mend applied to an image on disk, so that the machine can be booted with it: only a re-run says whether it ends the race. */
import type { Sys } from '../../../sys/sys.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { readImage } from '../../plan/read-image.ts';
import { writeLinks } from '../../plan/write-links.ts';
import type { Mend } from '../report/finding.ts';
import { editFiles } from './edit-image.ts';
import { readMendImage } from './mend-image.ts';

export type Applied =
  /** Files that were written, links that were made, and links that went, as the image calls them. */
  | { readonly kind: 'applied'; readonly files: readonly string[]; readonly links: readonly string[]; readonly removed: readonly string[] }
  /** Nothing was written. */
  | { readonly kind: 'not-applicable'; readonly why: string };

/**
 * Edits the headers below `root`, then numbers the links anew. Give it a copy of the image. Throws SysError when it cannot be written.
 */
export async function applyMend(sys: Sys, root: string, mend: Mend): Promise<Applied> {
  const { edits } = mend;
  if (edits === undefined) return { kind: 'not-applicable', why: 'no header line does it: a person has to' };
  const image = await readMendImage(sys, root);
  const unknown = edits.find(({ script }) => !image.scripts.some(({ name }) => name === script));
  if (unknown !== undefined) return { kind: 'not-applicable', why: `there is no script ${unknown.script}` };
  const files = editFiles(image, edits);
  if (files.length === 0) return { kind: 'not-applicable', why: 'the headers are so already' };
  for (const { path, after } of files) {
    const mode = (await sys.facts(`${root}${path}`))?.mode ?? 0o755;
    await sys.writeAtomic(`${root}${path}`, after, mode);
  }
  const { plan } = makePlan(await readImage(sys, root));
  if (plan === undefined) throw new Error(`${root} has no order with ${mend.summary}`);
  const { make, remove } = await writeLinks(sys, root, plan);
  return {
    kind: 'applied',
    files: files.map(({ path }) => path),
    links: make.map(({ path }) => `/etc/${path}`),
    removed: remove.map((path) => `/etc/${path}`),
  };
}
