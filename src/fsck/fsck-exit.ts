/** What the exit code of a filesystem check means: fsck(8), e2fsck(8). The code is a sum of bits. */

export interface FsckExit {
  /** Exactly 0: there was nothing to correct. */
  readonly clean: boolean;
  /** 1: errors were corrected. */
  readonly corrected: boolean;
  /** 2: a reboot is asked for. Matters only when the filesystem was mounted during the check. */
  readonly rebootWanted: boolean;
  /** 4: errors were left. */
  readonly uncorrected: boolean;
  /** 8: the check could not be done. */
  readonly operational: boolean;
  /** 16: the command line was wrong. */
  readonly usage: boolean;
  /** 32: somebody cancelled it. */
  readonly cancelled: boolean;
  /** 128: a shared library failed. */
  readonly library: boolean;
}

/** Reads the bits. Bits that fsck(8) does not know (64) are nobody's success: they count as operational. */
export function readFsckExit(code: number): FsckExit {
  const has = (bit: number) => (code & bit) !== 0;
  return {
    clean: code === 0,
    corrected: has(1),
    rebootWanted: has(2),
    uncorrected: has(4),
    operational: has(8) || has(64) || code < 0 || code > 255,
    usage: has(16),
    cancelled: has(32),
    library: has(128),
  };
}

/** May the filesystem be used after this? Only when no bit speaks against it. */
export const isUsable = (exit: FsckExit): boolean =>
  !exit.uncorrected && !exit.operational && !exit.usage && !exit.cancelled && !exit.library;

/** `errors were left; the check was cancelled`: every bit in words. */
export function describeFsckExit(exit: FsckExit): string {
  const said = [
    exit.clean && 'clean',
    exit.corrected && 'errors were corrected',
    exit.rebootWanted && 'a reboot is asked for',
    exit.uncorrected && 'errors were left uncorrected',
    exit.operational && 'the check could not be done',
    exit.usage && 'the command line was wrong',
    exit.cancelled && 'the check was cancelled',
    exit.library && 'a shared library failed',
  ];
  return said.filter((words) => words !== false).join('; ');
}
