/** What the lint says about one script by itself. */
import { expandWord, type Facilities } from './facilities.ts';
import type { Finding } from './finding.ts';
import { type PlanScript, placeOf } from './plan-script.ts';

/** Run levels in which a daemon is to be stopped: halt, single user, reboot. */
const ENDS = ['0', '1', '6'] as const;

export function lintScript(script: PlanScript): readonly Finding[] {
  if (script.start.size + script.stop.size === 0) return missingHeader(script);
  return [...missingHeader(script), ...noStop(script), ...interactive(script)];
}

function missingHeader(script: PlanScript): readonly Finding[] {
  if (script.fields.length > 0) return [];
  const planned = script.start.size + script.stop.size > 0;
  return [
    {
      severity: 'warning',
      rule: 'missing-header',
      script: script.name,
      file: script.file,
      line: 1,
      message: `${script.name} has no LSB header; ${planned ? '$remote_fs and $syslog are taken as what it needs' : 'without links, too, it is not in the plan'}`,
      mend: `### BEGIN INIT INFO, # Provides: ${script.name}, # Required-Start: …, # Default-Start: 2 3 4 5, # Default-Stop: 0 1 6, ### END INIT INFO; in the script or in /etc/insserv/overrides/${script.name}`,
    },
  ];
}

/** A script of rcS.d is not stopped by custom: its work is undone by others. */
function noStop(script: PlanScript): readonly Finding[] {
  const daemon = ['2', '3', '4', '5'].some((level) => script.start.has(level));
  const missing = ENDS.filter((level) => !script.stop.has(level));
  if (!daemon || missing.length === 0) return [];
  return [
    {
      severity: 'warning',
      rule: 'no-stop',
      script: script.name,
      ...placeOf(script, 'Default-Stop'),
      message: `${script.name} is started, but not stopped at run level ${missing.join(' ')}`,
      mend: 'Default-Stop: 0 1 6, if it leaves a daemon behind',
    },
  ];
}

function interactive(script: PlanScript): readonly Finding[] {
  if (!script.header.interactive || script.start.size === 0) return [];
  return [
    {
      severity: 'warning',
      rule: 'interactive',
      script: script.name,
      ...placeOf(script, 'X-Interactive'),
      message: `${script.name} is interactive: it starts alone, and everybody behind it waits`,
      mend: 'X-Interactive: false, if it asks nobody anything',
    },
  ];
}

/** Whether insserv.conf or the header calls it interactive. */
export const isInteractive = ({ header }: Pick<PlanScript, 'header'>, { interactive }: Facilities): boolean =>
  header.interactive || header.provides.some((name) => interactive.has(name));

/** insserv's own guess for a script without a header (insserv(8) has the run levels, its source the two facilities). */
export function guessedNeeds(facilities: Facilities): readonly string[] {
  return ['$remote_fs', '$syslog'].filter((word) => expandWord(word, facilities).kind === 'names');
}
