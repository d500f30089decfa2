/** What lifeboot was told: defaults, then the baked lifeboot.toml and network.toml, then the root's own, then the kernel command line. */
import { type CommandLine, readCmdline } from './cmdline.ts';
import { type ConfigValues, networkSections, parseConfigFile } from './config-file.ts';
import type { NetworkSetting } from './network-setting.ts';
import { paths } from './paths.ts';
import type { Problem } from './problem.ts';
import { defaultSettings, type Settings } from './settings.ts';
import type { Sys } from './sys.ts';

export interface Config extends Settings {
  /** `[[network]]` entries, the root's before the baked ones. */
  readonly network: readonly NetworkSetting[];
}

export interface LoadedConfig {
  readonly config: Config;
  readonly cmdline: CommandLine;
  /** Everything that was wrong in the files and on the command line. */
  readonly problems: readonly Problem[];
}

/** The configuration of a machine where nobody wrote anything. */
export const defaultConfig = (): Config => ({ ...defaultSettings(), network: [] });

/** In one directory the later wins. */
const files: readonly (readonly [name: string, sections?: readonly string[]])[] = [['lifeboot.toml'], ['network.toml', networkSections]];

/** Reads all of it. Never throws: an unreadable file is a Problem, and the boot goes on without it. */
export async function loadConfig(sys: Sys, directories: readonly string[] = [paths.bakedConfig, paths.rootConfig]): Promise<LoadedConfig> {
  const problems: Problem[] = [];
  let values: ConfigValues = { settings: defaultSettings(), network: [] };
  for (const directory of directories) {
    for (const [name, sections] of files) {
      const file = `${directory}/${name}`;
      const text = await readOrReport(sys, file, problems);
      if (text === undefined) continue;
      const parsed = parseConfigFile(text, file, values, sections);
      problems.push(...parsed.problems);
      values = parsed;
    }
  }
  const { cmdline, problems: kernelProblems } = await readCmdline(sys);
  return { config: withKernelOptions(values, cmdline), cmdline, problems: [...problems, ...kernelProblems] };
}

/** The kernel command line wins, except that scripts to skip add up. */
function withKernelOptions({ settings, network }: ConfigValues, options: CommandLine): Config {
  return {
    ...settings,
    rescue: { ...settings.rescue, port: options.port ?? settings.rescue.port },
    boot: { ...settings.boot, handover: options.otherInit ?? settings.boot.handover },
    fsck: { ...settings.fsck, mode: options.fsckMode ?? settings.fsck.mode, repair: options.fsckRepair ?? settings.fsck.repair },
    scripts: {
      ...settings.scripts,
      start_timeout_seconds: options.startTimeoutSeconds ?? settings.scripts.start_timeout_seconds,
      parallel: options.parallel ?? settings.scripts.parallel,
      skip: [...new Set([...settings.scripts.skip, ...options.skip])],
    },
    console: { ...settings.console, verbose: options.verbose ?? settings.console.verbose },
    network,
  };
}

async function readOrReport(sys: Sys, file: string, problems: Problem[]): Promise<string | undefined> {
  try {
    return await sys.readText(file);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ file, value: file, message: `cannot be read: ${message}`, accepted: 'a readable file (it is left out)' });
    return undefined;
  }
}
