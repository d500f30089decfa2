/** modprobe(8): drivers without udev. */
import type { Sys } from './sys.ts';

const MODPROBE_MS = 10_000;

/** Empty when it ended well, else why not, in one line. Never throws. */
export async function modprobe(sys: Sys, argv: readonly string[]): Promise<string> {
  try {
    const ran = await sys.run(argv, { timeoutMs: MODPROBE_MS });
    if (ran.code === 0) return '';
    return ran.timedOut ? `${argv[0]}: no end within ${MODPROBE_MS / 1000} s` : (ran.stderr.trim().split('\n')[0] ?? '');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
