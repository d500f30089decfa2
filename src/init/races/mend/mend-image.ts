/** What is to be known of an image to mend its headers: the plan's input, the texts behind it, and whose they are. */
import type { Sys } from '../../../sys/sys.ts';
import type { Facilities } from '../../plan/facilities.ts';
import type { PlanInput } from '../../plan/make-plan.ts';
import type { PlanScript } from '../../plan/plan-script.ts';
import { readImage } from '../../plan/read-image.ts';

export interface MendImage extends PlanInput {
  readonly scripts: readonly PlanScript[];
  readonly facilities: Facilities;
  /** By path as the image calls it: scripts, and overrides that have a part in a header. */
  readonly texts: ReadonlyMap<string, string>;
  /** Scripts that came with a package: who edits one is asked about it at each update. */
  readonly vendor: ReadonlySet<string>;
}

const dpkgInfo = '/var/lib/dpkg/info';

/** `root` is `` for this machine. Throws SysError when the image cannot be read. */
export async function readMendImage(sys: Sys, root: string): Promise<MendImage> {
  const { scripts, facilities } = await readImage(sys, root);
  const files = new Set(scripts.flatMap(({ file, fields }) => [file, ...fields.map((field) => field.file)]));
  const texts = new Map<string, string>();
  for (const file of files) {
    const text = await sys.readText(`${root}${file}`).catch(() => undefined);
    if (text !== undefined) texts.set(file, text);
  }
  return { scripts, facilities, texts, vendor: await readVendor(sys, root) };
}

async function readVendor(sys: Sys, root: string): Promise<ReadonlySet<string>> {
  const names = ((await sys.listDir(`${root}${dpkgInfo}`)) ?? []).filter((name) => name.endsWith('.conffiles'));
  const lists = await Promise.all(names.map((name) => sys.readText(`${root}${dpkgInfo}/${name}`)));
  const owned = lists
    .flatMap((text) => (text ?? '').split('\n'))
    .map((line) => line.replace(/^remove-on-upgrade /, '').split(' ')[0] ?? '');
  return new Set(owned.flatMap((path) => /^\/etc\/init\.d\/([^/]+)$/.exec(path)?.[1] ?? []));
}
