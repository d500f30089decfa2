/** What the checks of this boot came to, in `/run/lifeboot/filesystems.json`: nothing is mounted after a check that failed, whoever asks later. */
import { TOOLBOX } from '../../sys/paths.ts';
import type { Sys } from '../../sys/sys.ts';

const reportFile = `${TOOLBOX}/filesystems.json`;

export interface Checked {
  /** As fstab spells it. */
  readonly source: string;
  readonly mountPoint: string;
  /** `absent`: its device did not appear. `held`: it is not mounted. */
  readonly outcome: 'clean' | 'repaired' | 'unchecked' | 'held' | 'absent';
  readonly reason: string;
  readonly evidence: readonly string[];
  /** fstab says that the boot is good without it. */
  readonly nofail: boolean;
}

/** May it be mounted after this? */
export const mayMount = (checked: Checked): boolean => checked.outcome !== 'held' && checked.outcome !== 'absent';

/** Empty when no check was made, or the file cannot be read: then the checks are made again. */
export async function readCheckReport(sys: Sys): Promise<readonly Checked[]> {
  try {
    const report: unknown = JSON.parse((await sys.readText(reportFile)) ?? '[]');
    return Array.isArray(report) ? report.filter(isChecked) : [];
  } catch {
    return [];
  }
}

export async function writeCheckReport(sys: Sys, report: readonly Checked[]): Promise<void> {
  await sys.writeAtomic(reportFile, `${JSON.stringify(report, null, 2)}\n`);
}

function isChecked(value: unknown): value is Checked {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['source', 'mountPoint', 'outcome', 'reason'].every((key) => typeof Reflect.get(value, key) === 'string')
  );
}
