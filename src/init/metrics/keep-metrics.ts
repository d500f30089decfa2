/** Keeps `lifeboot.prom` as the state is, for the textfile collector of node_exporter: one thing that watches, no part of the boot. */
import packageJson from '../../../package.json' with { type: 'json' };
import { type BootState, readBootState, readRescueState } from '../../sys/boot-state.ts';
import { TOOLBOX } from '../../sys/paths.ts';
import { readRootFacts } from '../../sys/root-facts.ts';
import type { Sys } from '../../sys/sys.ts';
import { bootMetrics } from './boot-metrics.ts';
import { formatFamilies } from './exposition.ts';

/** Changes that follow each other are written once: it is a disk. */
const REST_MS = 1000;
/** How often to look where no change is told of. */
const LOOK_MS = 60_000;
const LAST_MS = 3000;

/**
 * Writes at the verdict, at a hold and at every change after them, once the root is entered. Begins at once; disposing it writes a last
 * time and ends it. A directory that is missing, full or read-only costs the file, and is told on the console once.
 */
export function keepMetrics(sys: Sys, directory: string): AsyncDisposable {
  const end = new AbortController();
  const file = `${directory.replace(/\/+$/, '')}/lifeboot.prom`;
  let written = '';
  let complained = false;

  async function write(): Promise<void> {
    const boot = await readBootState(sys);
    if (boot === undefined || !isTime(boot)) return;
    const [rescue, stage1] = await Promise.all([readRescueState(sys), readRootFacts(sys)]);
    const bootTime = Math.round((sys.wallClock().getTime() - sys.uptimeMs()) / 1000);
    const text = (time: number) => formatFamilies(bootMetrics({ boot, rescue, stage1, version: packageJson.version, bootTime: time }));
    // The wall clock drifts against the kernel's: that alone is no change.
    if (text(0) === written) return;
    await sys.writeAtomic(file, text(bootTime), 0o644);
    written = text(0);
  }

  function complain(error: Error): void {
    if (!complained) sys.console(`lifeboot: cannot write ${file}: ${error.message}`);
    complained = true;
  }

  async function run(): Promise<void> {
    while (!end.signal.aborted) {
      // The watch stands before the look, so that no change falls between the two.
      const change = sys.waitForChange(TOOLBOX, LOOK_MS, end.signal);
      await write().catch(complain);
      await change;
      await sys.sleep(REST_MS, end.signal);
    }
  }

  const running = run().catch(complain);
  return {
    async [Symbol.asyncDispose]() {
      end.abort();
      // A disk that answers no more must not keep the machine from its end.
      const late = new AbortController();
      await Promise.race([running.then(write).catch(complain), sys.sleep(LAST_MS, late.signal)]);
      late.abort();
    },
  };
}

/** Before the root is entered its directories are not there, and while its scripts start the disk has better things to do. */
function isTime({ phases, verdict, hold, handedOver, ending }: BootState): boolean {
  const entered = phases.some(({ name, status }) => name === 'enter-root' && status === 'done');
  return entered && ending === undefined && (verdict !== undefined || hold !== undefined || handedOver !== undefined);
}
