/** How many initscripts an image starts: for a counter that knows its end. */
import { type RootLocation, readDebugfs } from '../root-location.ts';

/** S links of rcS.d and rc2.d, each script once. */
export async function countScripts(image: string, root: RootLocation): Promise<number> {
  const names = new Set<string>();
  for (const directory of ['rcS.d', 'rc2.d']) {
    const { stdout } = await readDebugfs(image, root, `ls -p /etc/${directory}`);
    for (const match of stdout.matchAll(/\/S\d\d([^/]+)\//g)) names.add(match[1] ?? '');
  }
  return names.size;
}
