/** Puts an initscript of a scenario's own into a copy of the image, as an admin would by hand. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Disk, debugfs } from '../disk.ts';

export interface ExtraScript {
  readonly name: string;
  /** Tier in rc2.d: `S02`. */
  readonly tier: string;
  /** sh that runs on `start`. */
  readonly start: string;
  /** sh that runs on `stop`, and the tier of the way down in rc0.d and rc6.d: `K01`. */
  readonly stop?: { readonly tier: string; readonly run: string };
  /** More header lines: `X-Timeout-Start: 15`. */
  readonly header?: readonly string[];
}

export const scriptText = ({ name, start, stop, header = [] }: ExtraScript): string => `#!/bin/sh
### BEGIN INIT INFO
# Provides:          ${name}
# Required-Start:    $remote_fs
# Required-Stop:
# Default-Start:     2 3 4 5
# Default-Stop:
# Short-Description: made by a lifeboot scenario
${header.map((line) => `# ${line}\n`).join('')}### END INIT INFO
case "$1" in
start)
  ${start}
  ;;
stop)
  ${stop?.run ?? ':'}
  ;;
esac
`;

/** Writes the scripts and their links with debugfs. */
export async function addScripts(disk: Disk, scripts: readonly ExtraScript[]): Promise<void> {
  for (const script of scripts) {
    const file = join(dirname(disk.path), script.name);
    await writeFile(file, scriptText(script));
    await debugfs(disk, [
      'cd /etc/init.d',
      `write ${file} ${script.name}`,
      `sif ${script.name} mode 0100755`,
      'cd /etc/rc2.d',
      `symlink ${script.tier}${script.name} ../init.d/${script.name}`,
      ...(script.stop === undefined ? [] : ['0', '6']).flatMap((level) => [
        `cd /etc/rc${level}.d`,
        `symlink ${script.stop?.tier}${script.name} ../init.d/${script.name}`,
      ]),
    ]);
  }
}
