/** The run level that the kernel command line asks for, as init(8) takes it: `single`, `S`, `1`, `2` to `5`. Pure. */
import type { BootState, RunlevelState } from '../../sys/boot-state.ts';
import type { CmdlineWords } from '../../sys/cmdline-words.ts';
import { NO_LEVEL } from '../accounting/account.ts';

/** The last such word counts, also among the arguments of init; undefined when there is none. */
export function bootLevelWord({ words, initArguments }: CmdlineWords): string | undefined {
  const plain = [...words.filter(({ value }) => value === undefined).map(({ name }) => name), ...initArguments];
  const word = plain.findLast((each) => /^(single|[sS1-5])$/.test(each));
  return word === undefined || /^[2-5]$/.test(word) ? word : 'S';
}

/** Single user from the start: rcS.d and no more. A soft reboot is to come up whole again. */
export function bootRunlevel({ round, runlevel }: BootState, word: string | undefined, configured: number): RunlevelState | undefined {
  if (word !== 'S' || round !== undefined || runlevel !== undefined) return runlevel;
  return { current: 'S', previous: NO_LEVEL, multiUser: String(configured) };
}
