/** `/run/initctl`: what `shutdown`, `reboot`, `poweroff` and `telinit` of a sysvinit image ask of PID 1, answered by lifeboot. */
import type { EndingKind } from '../sys/boot-state.ts';
import { type FifoReader, readFifo } from '../sys/fifo.ts';
import { paths } from '../sys/paths.ts';
import { formatProblem } from '../sys/problem.ts';
import { type Sys, SysError } from '../sys/sys.ts';
import { type InitRequest, InitRequestSplitter } from './init-request.ts';
import type { Power } from './run-inittab.ts';
import { isLevel } from './runlevel/level-state.ts';

/** What one request comes to. `by` and `text` are for people. */
export type InitctlAction =
  /** `graceMs`: telinit's `-t`, the wait between TERM and KILL. */
  | { readonly do: 'end'; readonly ending: EndingKind; readonly by: string; readonly graceMs: number }
  /** `telinit 1` to `5` and `S`: another run level. */
  | { readonly do: 'level'; readonly level: string; readonly by: string }
  /** A power supply's daemon tells how the power is. */
  | { readonly do: 'power'; readonly power: Power }
  /** `telinit q`: read `/etc/inittab` again. */
  | { readonly do: 'reload'; readonly by: string }
  /** Nothing is done; the text says why. */
  | { readonly do: 'say'; readonly text: string };

/** Variables that requests have set so far: `INIT_HALT` is sent ahead of run level 0. */
export type InitctlEnvironment = Readonly<Record<string, string | undefined>>;

export interface InitctlOptions {
  readonly onAction: (action: InitctlAction) => void;
  readonly path?: string;
  /** The busybox that makes the FIFO. */
  readonly busybox?: string;
  /** Stands in for the FIFO in tests. */
  readonly open?: (reader: FifoReader) => Promise<AsyncDisposable>;
}

/**
 * Makes the FIFO (mode 0600) and turns each request into an action, in the order they came, until disposed.
 * Garbage is said and survived. Throws SysError when the FIFO cannot be made: the boot then goes on without it.
 */
export async function watchInitctl(sys: Sys, options: InitctlOptions): Promise<AsyncDisposable> {
  const { path = paths.initctl, busybox = paths.busybox, open = readFifo, onAction } = options;
  const splitter = new InitRequestSplitter(path);
  let environment: InitctlEnvironment = {};
  let queue = Promise.resolve();

  const take = async (request: InitRequest): Promise<void> => {
    if (request.kind === 'environment') {
      environment = { ...environment, ...request.variables };
      return;
    }
    const choosesHalt = request.kind === 'runlevel' && request.runlevel === '0';
    const defaults = choosesHalt ? await readQuietly(sys, '/etc/default/halt') : undefined;
    onAction(planInitRequest(request, environment, defaults));
  };

  return open({
    path,
    make: () => makeFifo(sys, path, busybox),
    onData: (chunk) => {
      for (const decoded of splitter.push(chunk)) {
        if ('problem' in decoded) onAction({ do: 'say', text: formatProblem(decoded.problem) });
        else queue = queue.then(() => take(decoded.request));
      }
    },
    onError: (error) =>
      onAction({ do: 'say', text: `${path}: not readable, telinit and shutdown do not reach lifeboot: ${error.message}` }),
  });
}

/**
 * What a request means. `defaults` is the text of `/etc/default/halt`, whose `HALT=` Debian's halt script asks when neither
 * `shutdown -H` nor `-P` was given; without an answer the machine is powered off.
 */
export function planInitRequest(
  request: Exclude<InitRequest, { kind: 'environment' }>,
  environment: InitctlEnvironment,
  defaults: string | undefined,
): InitctlAction {
  if (request.kind === 'power') return { do: 'power', power: request.power };
  const by = `initctl run level ${request.runlevel}`;
  const graceMs = request.sleepSeconds * 1000;
  switch (request.runlevel) {
    case '0':
      return { do: 'end', ending: choosesHalt(environment['INIT_HALT'], defaults) ? 'halt' : 'poweroff', by, graceMs };
    case '6':
      return { do: 'end', ending: 'reboot', by, graceMs };
    case 'Q':
      return { do: 'reload', by };
    case 'U':
      return { do: 'say', text: 'telinit u: PID 1 runs from the toolbox and needs no re-execution' };
    default:
      if (isLevel(request.runlevel)) return { do: 'level', level: request.runlevel, by: 'telinit' };
      return { do: 'say', text: `telinit ${request.runlevel}: served are 0 to 6, S, q and u; nothing is done` };
  }
}

function choosesHalt(initHalt: string | undefined, defaults: string | undefined): boolean {
  if (initHalt !== undefined && initHalt !== '') return initHalt === 'HALT';
  const values = [...(defaults ?? '').matchAll(/^[ \t]*HALT=["']?([A-Za-z]*)/gm)].map((match) => match[1] ?? '');
  return /^h/i.test(values.at(-1) ?? '');
}

async function makeFifo(sys: Sys, path: string, busybox: string): Promise<void> {
  const facts = await sys.facts(path);
  if (facts?.kind === 'fifo') return;
  if (facts !== undefined) await sys.remove(path);
  const made = await sys.run([busybox, 'mkfifo', '-m', '600', path], { timeoutMs: 10_000 });
  if (made.code === 0) return;
  // Somebody else may have been quicker: one look decides.
  if ((await sys.facts(path))?.kind !== 'fifo') throw new SysError('EIO', path, `${path}: ${made.stderr.trim() || 'mkfifo failed'}`);
}

async function readQuietly(sys: Sys, path: string): Promise<string | undefined> {
  try {
    return await sys.readText(path);
  } catch (error) {
    sys.console(`lifeboot: ${path} not read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
