/** What the kernel itself keeps: modules, interfaces, routes, clock, hostname. */
import type { Call } from '../trace/trace.ts';
import { outcomeOf } from './errors.ts';
import type { OpenFile } from './process-table.ts';
import { type Moment, use } from './scene.ts';

/** rtnetlink(7): NEW, DEL, GET and SET of links, addresses and routes follow one another in fours. */
const RTM_BASE = 16;
const groups: readonly ('interfaces' | 'routes')[] = ['interfaces', 'interfaces', 'routes'];
/** netdevice(7) */
const FIRST_SOCKET_IOCTL = 0x8900;
const SIOCADDRT = 0x890b;
const SIOCDELRT = 0x890c;
const setters = [0x8914, 0x8916, 0x8918, 0x891a, 0x891c, 0x8922, 0x8923, 0x8924, 0x8936];

/** Notes what the call did. False: it is about something else. */
export function kernelCall(moment: Moment, call: Call): boolean {
  const { scene, tick } = moment;
  const { objects } = scene;
  const outcome = outcomeOf(call.result);
  const mine = { value: `#${tick}` };
  switch (call.call) {
    case 'module':
      if (outcome === 'ok' && call.detail !== undefined) {
        use(moment, objects.of('module', call.detail.replaceAll('-', '_')), 'ensure');
        use(moment, objects.of('events', 'devices'), 'emit');
      }
      return true;
    case 'clock':
      if (outcome === 'ok') use(moment, objects.of('clock', ''), 'write', mine);
      return true;
    case 'hostname':
      if (outcome === 'ok') use(moment, objects.of('hostname', ''), 'write', mine);
      return true;
    case 'interface':
      interfaceCall(moment, call, mine.value);
      return true;
    case 'netlink':
      netlinkCall(moment, call, mine.value);
      return true;
    default:
      return false;
  }
}

function interfaceCall(moment: Moment, { flags = 0, result }: Call, value: string): void {
  const { objects } = moment.scene;
  if (flags < FIRST_SOCKET_IOCTL) return;
  if (flags === SIOCADDRT || flags === SIOCDELRT) {
    if (result >= 0) use(moment, objects.of('routes', ''), 'append', { value });
    return;
  }
  const sets = setters.includes(flags);
  if (sets && result < 0) return;
  use(moment, objects.of('interfaces', ''), sets ? 'append' : 'read', { value: sets ? value : '', failed: result < 0 });
  if (sets) use(moment, objects.of('events', 'interfaces'), 'emit');
}

/** Two changes stand beside each other; who asks sees what is there. */
function netlinkCall(moment: Moment, { flags = 0 }: Call, value: string): void {
  const facet = groups[(flags - RTM_BASE) >> 2];
  if (facet === undefined) return;
  const { objects } = moment.scene;
  const kind = (flags - RTM_BASE) & 3;
  const gets = kind === 2;
  use(moment, objects.of(facet, ''), gets ? 'read' : 'append', { value: gets ? '' : value });
  if (!gets) use(moment, objects.of('events', 'interfaces'), 'emit');
}

/** A netlink socket hears what is told from now on. */
export function hearNetlink(moment: Moment, call: Call, file: OpenFile | undefined): void {
  if (call.result < 0 || file?.family !== 'netlink') return;
  const { objects } = moment.scene;
  use(moment, objects.of('events', /udev|mdev|hotplug/.test(moment.task.process.comm) ? 'devices' : 'interfaces'), 'watch');
}
