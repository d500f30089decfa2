/** How far e2fsck is: the lines of `e2fsck -C FD`, as PASS DONE TOTAL DEVICE. */

export interface FsckProgress {
  /** 1 to 5. */
  readonly pass: number;
  /** Of the whole check, 0 to 100. */
  readonly percent: number;
}

/** How far the whole check is at the end of each pass: the experience of e2fsck's own bar. */
const percentAfter = [0, 70, 90, 92, 95, 100] as const;

/** The progress a line tells of, or undefined when it is something else. Its last word is the device, or the volume's label. */
export function parseFsckProgress(line: string): FsckProgress | undefined {
  const match = /^([1-5]) (\d+) (\d+) \S.*$/.exec(line);
  if (match === null) return undefined;
  const [pass, at, total] = match.slice(1).map(Number) as [number, number, number];
  const [from, to] = [percentAfter[pass - 1] ?? 0, percentAfter[pass] ?? 100];
  const share = total === 0 ? 1 : Math.min(1, at / total);
  return { pass, percent: Math.round((from + (to - from) * share) * 10) / 10 };
}
