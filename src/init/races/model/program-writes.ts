/** Programs that are written to: the kernel refuses that while they run (ETXTBSY). */
import type { Name } from './name-tree.ts';
import { type Moment, use } from './scene.ts';

/** It is opened to be written to, and was there before. */
export function writesProgram(moment: Moment, name: Name, failed: boolean): void {
  if (!/^\/(dev|proc|sys)\//.test(name.path)) use(moment, moment.scene.objects.ofName('running', name), 'below', { failed });
}
