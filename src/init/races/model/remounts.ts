/** What a remount does: it may change whether anything can be written there, and sets the options of the mount. */
import type { Call } from '../trace/trace.ts';
import { FAILED } from './access-list.ts';
import type { Outcome } from './errors.ts';
import type { Name } from './name-tree.ts';
import { type Moment, use, writableAt } from './scene.ts';

/** mount(2) */
const MS_RDONLY = 1;
const MS_REMOUNT = 32;
const MS_BIND = 0x1000;
/** What it says besides how the mount is to be. */
const SAID = MS_RDONLY | MS_REMOUNT | 0x8000;

export const isRemount = ({ call, flags = 0 }: Call): boolean => call === 'mount' && (flags & MS_REMOUNT) !== 0;

/** Whatever came of it, it is about what is mounted there. */
export function remount(moment: Moment, call: Call, path: Name, outcome: Outcome): void {
  const { objects } = moment.scene;
  const { flags = 0, content } = call;
  use(moment, objects.ofName('name', path), 'look');
  // EINVAL: nothing is mounted there.
  if (outcome === 'other') use(moment, objects.ofName('mount', path), 'below', { failed: true });
  if (outcome !== 'ok' && outcome !== 'busy') return;
  turnWritable(moment, path, (flags & MS_RDONLY) === 0, outcome === 'ok' ? 0 : FAILED);
  if (outcome !== 'ok') return;
  const options = content ?? ((flags & MS_BIND) === 0 ? undefined : 0);
  use(moment, objects.ofName('options', path), 'set', { value: options === undefined ? `#${moment.tick}` : `${flags & ~SAID} ${options}` });
}

/** A remount that leaves it as it was does nothing to those who write there. */
function turnWritable(moment: Moment, path: Name, isWritable: boolean, flags: number): void {
  const { scene, tick } = moment;
  const object = scene.objects.ofName('writable', path);
  const standing = writableAt(scene, path);
  if (scene.presence.at(standing, tick) === isWritable) return;
  use(moment, object, isWritable ? 'ensure' : 'remove', { flags });
  if (flags === 0) scene.presence.became(standing, tick, isWritable, undefined);
}
