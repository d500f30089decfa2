/** Signals: who is sent one must be there, and ready for it. And pids out of files that an earlier boot left behind. */
import type { Call } from '../trace/trace.ts';
import { outcomeOf } from './errors.ts';
import type { Name } from './name-tree.ts';
import type { Process } from './process-table.ts';
import { type Moment, use } from './scene.ts';

export interface ProcessCalls {
  /** A process has become another program. */
  began(moment: Moment): void;
  /** A file of this script was read. */
  sawFile(moment: Moment, name: Name, isWritten: boolean): void;
  kill(moment: Moment, call: Call): void;
  handle(moment: Moment, call: Call): void;
  ended(moment: Moment): void;
}

interface Beginning {
  readonly process: Process;
  readonly comm: string;
  segment: number;
  tick: number;
}

/** SIGKILL, SIGTERM, SIGINT, SIGQUIT, SIGHUP: meant to end. HUP of a daemon is not. */
const ends = [9, 15, 2, 3];
const PIDFILE = /pid/i;
/** They look for processes by name, and send what they find a signal. */
const SEEKER = /^(pkill|killall)$/;
/** SIGHUP, SIGUSR1, SIGUSR2: who handles them waits for news. */
const news = [1, 10, 12];

export function openProcessCalls(): ProcessCalls {
  const byPid = new Map<number, Beginning>();
  /** The last pidfile that a script read, and whether anybody wrote it in this boot. */
  const pidfiles = new Map<number, { readonly name: Name; readonly isWritten: boolean }>();
  const seeking = new Set<Process>();
  const killers = new Set<Process>();

  function began({ task, tick }: Moment): void {
    const { process, segment } = task;
    byPid.set(process.pid, { process, comm: process.comm, segment, tick });
  }

  function kill(moment: Moment, call: Call): void {
    const { scene, task, tick } = moment;
    const { process, segment } = task;
    killers.add(process);
    const outcome = outcomeOf(call.result);
    const pid = Math.abs(call.target ?? 0);
    // Other numbers count in a namespace of pids.
    if (process.spaces.pid !== scene.spaces.own.pid) return;
    if (process.script < 0 || pid <= 1 || (outcome !== 'ok' && outcome !== 'missing')) return;
    const target = byPid.get(pid);
    const signal = call.flags ?? 0;
    const stale = pidfiles.get(process.script);
    const chance = { script: process.script, segment, tick, process, pid };
    if (stale !== undefined && !stale.isWritten && target?.process.script !== process.script) return void scene.stalePids.push(chance);
    if (target === undefined || target.process.script < 0 || target.process.script === process.script) return;
    const failed = outcome === 'missing' || target.process.hasEnded;
    const object = scene.objects.of('process', target.comm);
    const value = ends.includes(signal) ? 'end' : signal === 0 ? 'ask' : `signal ${signal}`;
    use(moment, object, 'signal', { value, failed });
    const { segment: began, tick: beganAt } = target;
    const theirs = { ...moment, tick: beganAt, task: { ...task, process: target.process, segment: began } };
    use(theirs, object, 'start', { value });
  }

  return {
    began,
    kill,
    sawFile({ task }, name, isWritten) {
      if (name.path === '/proc' && SEEKER.test(task.process.comm)) seeking.add(task.process);
      if (task.process.script >= 0 && PIDFILE.test(name.path)) pidfiles.set(task.process.script, { name, isWritten });
    },
    /** From here on a signal does what the program wants. */
    handle({ scene, task, tick }, { target = 0 }) {
      const { process, segment } = task;
      if (process.script >= 0 && news.includes(target)) scene.handlers.push({ process, script: process.script, segment, tick });
      const beginning = byPid.get(task.process.pid);
      if (beginning === undefined) return;
      beginning.segment = task.segment;
      beginning.tick = tick;
    },
    ended({ scene, task: { process } }) {
      const beginning = byPid.get(process.pid);
      if (!seeking.has(process) || killers.has(process) || beginning?.process !== process || process.script < 0) return;
      scene.soughtInVain.push({ process, script: process.script, segment: beginning.segment, tick: beginning.tick });
    },
  };
}
