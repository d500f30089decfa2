/** A machine that is taken from tier barrier to tier barrier, kept at each, and made to run a tier again and again in other orders. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome, Trial } from '../../src/init/races/trial/trial.ts';
import { makeRunDir, overlayDisk } from '../disk.ts';
import { type Machine, type MachineOptions, startMachine } from '../machine.ts';
import type { Target } from '../target.ts';
import { listenForLine } from './trial-line.ts';

export interface Barrier {
  /** The tier that is about to start. */
  readonly tier: string;
  readonly scripts: readonly string[];
}

export interface DrivenMachine extends AsyncDisposable {
  /** Lets the boot go on to its next barrier; undefined: all tiers are done. */
  nextBarrier(): Promise<Barrier | undefined>;
  /** Runs it from this barrier. Every run begins from the same machine but for what its seed makes other. */
  run(trial: Trial): Promise<Outcome>;
}

export interface DriveOptions {
  readonly target: Target;
  readonly quiet: { readonly quietMs: number; readonly capMs: number };
  readonly memoryMiB?: number;
  readonly onLine?: MachineOptions['onLine'];
  readonly consoleLog?: string;
  readonly signal: AbortSignal;
}

const BARRIER_MS = 400_000;
/** Beside the quiet that is waited for: the tier itself, a hold that is given up, the look at the machine. */
const TRIAL_MS = 300_000;

/** Starts it; resolves before its first barrier. */
export async function driveMachine({ target, quiet, signal, memoryMiB = 768, onLine, consoleLog }: DriveOptions): Promise<DrivenMachine> {
  const stack = new AsyncDisposableStack();
  try {
    const directory = await makeRunDir();
    stack.defer(() => rm(directory, { recursive: true, force: true }));
    const disk = stack.use(await overlayDisk(target.image, target.root));
    const serial = join(directory, 'line');
    const line = stack.use(await listenForLine(serial));
    const machine: Machine = stack.use(
      await startMachine({
        disk,
        boot: target.boot,
        keyFile: target.keyFile,
        serial,
        memoryMiB,
        signal,
        cmdline: ['lifeboot.trial=/dev/ttyS1'],
        ...(onLine && { onLine }),
        ...(consoleLog === undefined ? {} : { consoleLog }),
      }),
    );
    let kept = false;
    let isFirst = true;
    let nonce = 0;
    return {
      async nextBarrier() {
        if (kept) await machine.restore();
        kept = false;
        // What a machine has said after a trial is not what the restored one says.
        if (!isFirst) line.send({ op: 'go', nonce: ++nonce });
        isFirst = false;
        const wanted = nonce;
        const isNext = ({ op, after }: Readonly<Record<string, unknown>>) => op === 'barrier' && after === wanted;
        const { tier, scripts } = await line.next(isNext, BARRIER_MS, 'the next tier barrier');
        return typeof tier === 'string' ? { tier, scripts: Array.isArray(scripts) ? scripts.map(String) : [] } : undefined;
      },
      async run(trial) {
        if (kept) await machine.restore();
        else {
          line.send({ op: 'watch' });
          await line.next(({ op }) => op === 'watching', BARRIER_MS, 'a first look at the machine');
          await machine.keep();
        }
        kept = true;
        nonce += 1;
        const mine = nonce;
        line.send({ op: 'trial', nonce: mine, trial, ...quiet });
        const isAnswer = (message: Readonly<Record<string, unknown>>) => message['op'] === 'refused' || message['nonce'] === mine;
        const answer = await line.next(isAnswer, TRIAL_MS + quiet.capMs, `the outcome of ${trial.name}`);
        if (answer['op'] === 'refused') throw new Error(`${trial.name}: the machine refuses it: ${answer['why']}`);
        return answer['outcome'] as Outcome;
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
