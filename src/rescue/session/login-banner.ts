/** What an operator sees on logging in: the state of the boot, and the words that steer it. */
import { formatStatus, type StatusFacts } from '../../sys/status-text.ts';

const COMMANDS = 'commands  lifeboot status | retry | continue | skip | reboot | poweroff   (lifeboot help tells more)';

/** The banner of an interactive session, with the line ends of a terminal. Its choices come from the hold itself. */
export function formatBanner(facts: StatusFacts): string {
  return ['', ...formatStatus(facts).split('\n'), COMMANDS, '', ''].join('\r\n');
}
