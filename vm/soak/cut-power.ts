/** One disk and many power cuts: each cut at its moment, and the boot after it must be good by itself. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { makeCacheDir } from '../cache.ts';
import { describeEvent } from '../console-log.ts';
import { copyDisk, type Disk, overlayDisk } from '../disk.ts';
import { type Machine, startMachine } from '../machine.ts';
import { BOOT_MS, bootState, expectVerdict, LOGIN_MS } from '../scenarios/steps.ts';
import type { Target } from '../target.ts';
import { inspectOwnFiles } from './own-files.ts';
import type { Cut } from './plan-cuts.ts';

/** A steady machine is cut within this time of its busiest, a shutdown within its usual length under emulation. */
const STEADY_MS = 6_000;
const SHUTDOWN_MS = 15_000;
const COMMIT_MS = 120_000;
/** The guest's file system block: a lost write is lost as a whole block. */
const CLUSTER_KIB = 4;

export interface CutResult {
  readonly cut: Cut;
  /** What the machine had told last. */
  readonly during: string;
  readonly files: string;
  /** What check-root of the next boot said. */
  readonly check: string;
  readonly verdict: string;
  /** The next boot, up to its verdict. */
  readonly seconds: number;
  /** Empty: the cut did no harm. */
  readonly faults: readonly string[];
}

interface Running extends AsyncDisposable {
  readonly machine: Machine;
  readonly disk: Disk;
}

/** Writes for ever: new files, renamed over old ones, some of them flushed. */
const WRITER = `mkdir -p /root/soak; cd /root/soak; i=0
while :; do i=$((i+1)); cp -r /usr/share/doc/openssh-server copy$((i%20)); echo $i >new; mv new current
dd if=/dev/zero of=flushed$((i%7)) bs=16k count=9 conv=fsync 2>/dev/null; echo $i >>log; done`;

/**
 * INVARIANT: what the guest did not flush is lost. Each boot writes to a fresh qcow2 whose tables QEMU keeps in its own memory until the
 * guest flushes, and SIGKILL takes them: the blocks written since are as they were before. A cut is then committed to the raw disk.
 */
export class Soak implements AsyncDisposable {
  readonly #target: Target;
  readonly #signal: AbortSignal;
  readonly #base: Disk;
  #running: Running | undefined;
  #bootMs = 0;
  #cuts = 0;
  #hostKey: string | undefined;

  private constructor(target: Target, base: Disk, signal: AbortSignal) {
    this.#target = target;
    this.#base = base;
    this.#signal = signal;
  }

  /** The first boot, which nobody cuts: how long a boot is here. */
  static async begin(target: Target, signal: AbortSignal): Promise<Soak> {
    const soak = new Soak(target, await copyDisk(target.image, target.root), signal);
    try {
      await soak.#prove();
      return soak;
    } catch (error) {
      await soak[Symbol.asyncDispose]();
      throw error;
    }
  }

  get bootMs(): number {
    return this.#bootMs;
  }

  /** Cuts once, looks at the files, and boots again. Never rejects for what the machine did: see `faults`. */
  async cut(cut: Cut): Promise<CutResult> {
    this.#cuts += 1;
    const during = await this.#cutAt(cut);
    const files = await inspectOwnFiles(this.#base);
    const faults = [...files.faults];
    if (this.#hostKey !== undefined && files.hostKey !== this.#hostKey) faults.push('the host key is another one than before');
    this.#hostKey = files.hostKey;
    const told = `key ${files.hostKey === undefined ? 'absent' : 'whole'}, ${files.recordings} recordings, ${files.leftovers} leftovers`;
    const proof = await this.#prove().catch((error: unknown) => {
      this.#signal.throwIfAborted();
      faults.push(error instanceof Error ? error.message : String(error));
      return { check: '', verdict: 'none', seconds: 0 };
    });
    if (faults.length > 0) faults.push(`the disk as the cut left it: ${await this.#keepDisk()}`);
    return { cut, during, files: told, ...proof, faults };
  }

  /** The disk itself is never written by the boot that proves it. */
  async #keepDisk(): Promise<string> {
    const path = join(await makeCacheDir('vm', 'soak'), `${this.#cuts}-disk.img`);
    await execa('cp', ['--reflink=auto', '--sparse=always', this.#base.path, path], { timeout: COMMIT_MS });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#discard();
    await this.#base[Symbol.asyncDispose]();
  }

  /** A boot is cut on the disk as the last cut left it: the good boot that proved it is forgotten. */
  async #cutAt({ moment, share }: Cut): Promise<string> {
    if (moment === 'boot') {
      await this.#discard();
      const { machine } = await this.#start('cut');
      await waitUntil(machine, share * this.#bootMs);
      return await this.#powerOff();
    }
    if (this.#running === undefined) await this.#prove();
    const machine = this.#running?.machine;
    assert.ok(machine !== undefined);
    await keepBusy(machine);
    if (moment === 'shutdown') await machine.ssh(['lifeboot', 'poweroff'], { deadlineMs: LOGIN_MS });
    await waitUntil(machine, machine.elapsedMs() + share * (moment === 'steady' ? STEADY_MS : SHUTDOWN_MS));
    return await this.#powerOff();
  }

  async #powerOff(): Promise<string> {
    assert.ok(this.#running !== undefined);
    const { machine, disk } = this.#running;
    const ended = machine.console.closed !== undefined;
    await machine.kill();
    const last = machine.console.events.at(-1);
    await execa('qemu-img', ['commit', '-q', disk.path], { timeout: COMMIT_MS });
    await this.#discard();
    return `${last === undefined ? 'before the first word' : describeEvent(last)}${ended ? ' (it had ended by itself)' : ''}`;
  }

  /** Boots, and insists: good, by itself, by one kernel, by one agent. The machine stays for the next cut. */
  async #prove(): Promise<Pick<CutResult, 'check' | 'verdict' | 'seconds'>> {
    const { machine } = await this.#start('boot');
    const verdict = await expectVerdict(machine, 'good');
    this.#bootMs = Math.max(this.#bootMs, verdict.atMs);
    assert.deepEqual(machine.console.eventsLike({ subject: 'hold' }), [], 'nothing asked for a person');
    assert.equal(machine.console.lines.filter(({ text }) => /\] Linux version /.test(text)).length, 1, 'one kernel boot');
    assert.equal((await bootState(machine)).agentStarts, 1, 'the agent was started once');
    const check = machine.console.eventsLike({ subject: 'phase', name: 'check-root', what: 'done' })[0]?.detail ?? '';
    return { check, verdict: verdict.what, seconds: Math.round(verdict.atMs / 1000) };
  }

  async #start(what: 'cut' | 'boot'): Promise<Running> {
    await this.#discard();
    const { root, boot, keyFile } = this.#target;
    const consoleLog = join(await makeCacheDir('vm', 'soak'), `${this.#cuts}-${what}.log`);
    const disk = await overlayDisk(this.#base.path, root, { clusterKiB: CLUSTER_KIB });
    const machine = await startMachine({ disk, boot, keyFile, consoleLog, signal: this.#signal }).catch(async (error: unknown) => {
      await disk[Symbol.asyncDispose]();
      throw error;
    });
    this.#running = {
      machine,
      disk,
      async [Symbol.asyncDispose]() {
        await machine[Symbol.asyncDispose]();
        await disk[Symbol.asyncDispose]();
      },
    };
    return this.#running;
  }

  async #discard(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.[Symbol.asyncDispose]();
  }
}

/** Writes in flight: files of the server's, and a recording that has just ended and is being kept. */
async function keepBusy(machine: Machine): Promise<void> {
  await machine.sh(`(${WRITER}) >/dev/null 2>&1 </dev/null & echo writing`, { deadlineMs: LOGIN_MS });
  const session = machine.session();
  session.send('seq 1 3000; exit\n');
  await session.ended(LOGIN_MS).finally(() => session[Symbol.asyncDispose]());
}

/** Until so many milliseconds after QEMU's start, or until the machine has ended. */
async function waitUntil(machine: Machine, atMs: number): Promise<void> {
  const waited = new AbortController();
  const late = setTimeout(Math.max(0, atMs - machine.elapsedMs()), undefined, { signal: waited.signal });
  await Promise.race([late, machine.ended(BOOT_MS)]).catch(() => undefined);
  waited.abort();
}
