/** What processes share by a key: sysvipc(7). */
import type { Call } from '../trace/trace.ts';
import { CLEANS } from './access-list.ts';
import { outcomeOf } from './errors.ts';
import { type Moment, use } from './scene.ts';

export interface IpcCalls {
  /** Notes what the call did. False: it is about something else. */
  call(moment: Moment, call: Call): boolean;
}

const IPC_CREAT = 0o1000;
const IPC_EXCL = 0o2000;
/** IPC_PRIVATE: nobody else's. */
const PRIVATE = / 0x0$/;

export function openIpcCalls(): IpcCalls {
  /** By kind and number. */
  const known = new Map<string, string>();

  function open(moment: Moment, { detail: text = '', flags = 0, result }: Call): void {
    if (text === '' || PRIVATE.test(text)) return;
    const outcome = outcomeOf(result);
    if (outcome === 'ok') known.set(`${text.slice(0, text.lastIndexOf(' '))} ${result}`, text);
    if (outcome !== 'ok' && outcome !== 'missing' && outcome !== 'exists') return;
    const { scene, task, tick } = moment;
    const object = scene.objects.of('ipc', text, task.process.spaces.ipc);
    const shared = scene.objects.list[object];
    const makes = (flags & IPC_CREAT) !== 0;
    const exclusive = makes && (flags & IPC_EXCL) !== 0;
    use(moment, object, exclusive ? 'create' : makes ? 'ensure' : 'look', { failed: outcome !== 'ok' });
    if (shared === undefined) return;
    if (makes && outcome === 'ok') scene.presence.became(shared, tick, true, exclusive ? false : undefined);
    else scene.presence.found(shared, tick, outcome !== 'missing');
  }

  function remove(moment: Moment, { detail = '', target, result }: Call): void {
    const text = known.get(`${detail} ${target}`);
    const outcome = outcomeOf(result);
    if (text === undefined || (outcome !== 'ok' && outcome !== 'missing')) return;
    const { scene, task, tick } = moment;
    const object = scene.objects.of('ipc', text, task.process.spaces.ipc);
    const shared = scene.objects.list[object];
    use(moment, object, 'remove', { failed: outcome !== 'ok', flags: CLEANS });
    if (shared !== undefined) scene.presence.became(shared, tick, false, outcome === 'ok');
  }

  return {
    call(moment, call) {
      if (call.call === 'ipc') open(moment, call);
      else if (call.call === 'ipc-remove') remove(moment, call);
      else return false;
      return true;
    },
  };
}
