/** Calls that a script makes behind its end: by what it has left running. */
import type { Witness } from './finding.ts';

/** It is `script` that did its part when its start had ended, and it worked. */
export const isLateIn = ({ first, second }: Witness, script: string): boolean =>
  [first, second].some((site) => site.script === script && site.late === true && site.error === undefined);
