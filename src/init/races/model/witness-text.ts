/** One sentence: what happens in the order that was not seen. */
import type { Site, Witness } from '../report/finding.ts';

const said = ({ script, call, argument, error }: Site): string =>
  `${script} ${call} ${argument}`.trim() + (error === undefined ? '' : ` (${error})`);

/** `leader`: the script that should come first; absent: nobody should. */
export function mechanismOf({ type, object, first, second }: Witness, leader: string | undefined): string {
  const [lead, follow] = leader === second.script ? [second, first] : [first, second];
  const [a, b] = [lead.script, follow.script];
  switch (type) {
    case 'T1':
      return `when ${b} comes to ${object} before ${a} has made it (${said(lead)}), it does not find it, or finds it as it was: ${said(follow)}`;
    case 'T2':
      return `when ${a} cleans ${object} (${said(lead)}) after ${b} has made or used it (${said(follow)}), it is gone`;
    case 'T3':
      return `both change ${object} (${said(lead)}; ${said(follow)}): what the later one leaves is what stays`;
    case 'T4':
      return `only one can have ${object}: whoever of ${a} and ${b} comes second is refused (${said(lead)}; ${said(follow)})`;
    case 'T5':
      return `${a} and ${b} each look at ${object} and then act on what they saw (${said(lead)}; ${said(follow)}): in between, the other one acts`;
    case 'T6':
      return `when ${b} uses ${object} before ${a} has mounted there (${said(lead)}), it uses what the mount hides: ${said(follow)}`;
    case 'T7':
      return `${a} has ended before its daemon is ready (${said(lead)}): its tier is over, and ${b} may come too early (${said(follow)})`;
    case 'T8':
      return `${object} is drawn by chance (${said(lead)}; ${said(follow)}): once in a while the one gets what the other must have`;
    case 'T9':
      return `what ${b} tells (${said(follow)}) before ${a} listens to ${object} (${said(lead)}) is heard by nobody`;
  }
}
