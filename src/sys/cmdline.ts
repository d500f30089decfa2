/** The kernel command line: its words, asked by name, and our own options on it, checked. */
import { type CmdlineWords, splitCmdline } from './cmdline-words.ts';
import { type KernelOptions, parseKernelOptions } from './kernel-options.ts';
import type { Problem } from './problem.ts';
import type { Sys } from './sys.ts';

/** All words, and what ours ask for: `cmdline.holdBefore` … */
export interface CommandLine extends CmdlineWords, Readonly<KernelOptions> {}

export interface ReadCommandLine {
  readonly cmdline: CommandLine;
  readonly problems: readonly Problem[];
}

/** Reads `/proc/cmdline`; a machine without one (a container) has an empty command line. */
export async function readCmdline(sys: Sys): Promise<ReadCommandLine> {
  return parseCmdline((await sys.readText('/proc/cmdline')) ?? '');
}

/** Reads a command line. Never throws: what is wrong with our options is a Problem, and they keep their defaults. */
export function parseCmdline(text: string): ReadCommandLine {
  const split = splitCmdline(text);
  const { options, problems } = parseKernelOptions(split.words);
  return { cmdline: { ...split, ...options }, problems };
}

/** Every value given for `name`, in order; a word without `=` counts as `''`. */
export function optionValues(cmdline: CmdlineWords, name: string): readonly string[] {
  return cmdline.words.filter((word) => word.name === name).map((word) => word.value ?? '');
}

/** The value that counts: the last one, as for most of the kernel's own options. Undefined when the word is not there. */
export function optionValue(cmdline: CmdlineWords, name: string): string | undefined {
  return optionValues(cmdline, name).at(-1);
}
