/** In initramfs mode the toolbox has drivers of its own. Once the root is entered they are of no more use: the root has them all, and memory gets them back. */
import { TOOLBOX } from '../../sys/paths.ts';
import type { Sys } from '../../sys/sys.ts';
import { busybox, runStep, type Step } from '../step.ts';

/** Below the toolbox; in root mode each is a link to the root's own from the start: see programLinks of the toolbox. */
const copies = ['lib/modules', 'lib/firmware', 'etc/modprobe.d'] as const;

export type CopyPlace = 'directory' | 'link' | 'absent';

/**
 * Pure. What makes one copy a link, from where it stands; killed between any two of them, the next call does the rest. `aside`: the
 * directory has been moved out of the way and is not gone yet.
 */
export function planFree(name: string, place: CopyPlace, aside: boolean): readonly Step[] {
  const [path, old] = [`${TOOLBOX}/${name}`, `${TOOLBOX}/${name}.old`];
  return [
    ...(place === 'directory' ? [busybox(['mv', path, old])] : []),
    ...(place === 'directory' || (place === 'absent' && aside) ? [busybox(['ln', '-s', `../sysroot/${name}`, path])] : []),
    ...(place === 'directory' || aside ? [busybox(['rm', '-rf', old])] : []),
  ];
}

/**
 * Frees them when the entered root has the modules of the running kernel; otherwise nothing would bring a driver that is wanted later, and
 * they stay. Tells what it did, or why not; a step that fails costs memory and nothing else.
 */
export async function freeCopies(sys: Sys): Promise<string> {
  const release = ((await sys.readText('/proc/sys/kernel/osrelease')) ?? '').trim();
  const index = `/lib/modules/${release}/modules.dep`;
  if (release === '' || (await sys.facts(index)) === undefined) return `our modules stay: the root has no ${index}`;
  let freed = false;
  for (const name of copies) {
    const kind = (await sys.facts(`${TOOLBOX}/${name}`))?.kind;
    const place = kind === undefined ? 'absent' : kind === 'directory' ? 'directory' : 'link';
    for (const step of planFree(name, place, (await sys.facts(`${TOOLBOX}/${name}.old`)) !== undefined)) {
      freed = true;
      const ran = await runStep(sys, step);
      if (ran.code !== 0) return `our modules stay: ${step.argv.join(' ')}: ${ran.stderr.trim()}`;
    }
  }
  return freed ? "drivers come from the root's own modules now" : '';
}
