/** One story told on a real machine, with the assertions that make it a proof. The CLI and the vm ring run the same ones. */
import type { BootFiles } from '../boot-files.ts';
import { copyDisk, type Disk, overlayDisk } from '../disk.ts';
import type { ImageKind } from '../image/server-image.ts';
import { type Machine, type MachineOptions, startMachine } from '../machine.ts';
import type { RootLocation } from '../root-location.ts';
import { findTarget } from '../target.ts';

export interface Scenario {
  readonly name: string;
  /** One sentence: what happens and what must come of it. */
  readonly story: string;
  /** Not told on every change, but by `npm test -- --project vm-long`. */
  readonly isLong?: true;
  run(context: ScenarioContext): Promise<void>;
}

/** What a scenario works with: a server image with lifeboot in it, never written itself. */
export interface ScenarioOptions {
  readonly image: string;
  readonly root: RootLocation;
  readonly boot: BootFiles;
  readonly keyFile: string;
  /** Tells a person what the scenario does next. */
  readonly say: (text: string) => void;
  /** For the live view; may fill in what it wants to watch. */
  readonly watch?: (options: Partial<MachineOptions>) => Partial<MachineOptions>;
  /** Told of each machine that runs. */
  readonly started?: (machine: Machine) => void;
  readonly signal?: AbortSignal;
}

export interface ScenarioContext extends ScenarioOptions {
  /** A disk that only this scenario sees. */
  overlay(): Promise<Disk>;
  /** The same as a raw file that debugfs can damage. */
  copy(): Promise<Disk>;
  start(disk: Disk | undefined, options?: Partial<MachineOptions>): Promise<Machine>;
  /** The same with another of the harness's own images. */
  withImage(kind: ImageKind): Promise<ScenarioContext>;
}

export function scenarioContext(options: ScenarioOptions): ScenarioContext {
  return {
    ...options,
    overlay: () => overlayDisk(options.image, options.root),
    copy: () => copyDisk(options.image, options.root),
    async start(disk, more = {}) {
      const { boot, keyFile, signal, watch = (same) => same } = options;
      const machine = await startMachine({
        ...(disk === undefined ? {} : { disk }),
        boot,
        keyFile,
        ...(signal === undefined ? {} : { signal }),
        ...watch(more),
      });
      options.started?.(machine);
      return machine;
    },
    async withImage(kind) {
      const { say, signal } = options;
      const show = (what: string) => ({ update: () => {}, done: (detail = 'done') => say(`${what}: ${detail}`) });
      const target = await findTarget({ kind, initrd: 'loader', show, ...(signal === undefined ? {} : { signal }) });
      return scenarioContext({ ...options, ...target });
    },
  };
}
