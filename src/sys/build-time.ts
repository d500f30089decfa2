/** When this toolbox was built: a time that has passed, whatever the clock says. */
import { paths } from './paths.ts';
import type { Sys } from './sys.ts';

/** Milliseconds since 1970, from the toolbox's own record: the times of its files are those of stage 1's copy. 0 where there is no toolbox. */
export async function readBuildTime(sys: Sys): Promise<number> {
  const info = await sys.readText(paths.buildInfo).catch(() => undefined);
  return Number(/^epoch=(\d{1,12})$/m.exec(info ?? '')?.[1] ?? 0) * 1000;
}
