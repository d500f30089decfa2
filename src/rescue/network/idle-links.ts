/** Which links are taken up though no wish has come to them yet: one that is up has its link-local address. Pure. */
import { type LinkFacts, permanentMac } from './network-facts.ts';
import { isReleased, type NetworkRecord } from './network-record.ts';
import type { NetworkWishes } from './network-wish.ts';
import { membersOf } from './plan-links.ts';

/**
 * lo, and every candidate that is not released. Not: a link that a wish names (it comes up with its address, unless all are needed up
 * to find a carrier), and one that must be down to get its name or to join a bond.
 */
export function idleLinks(
  { wishes, virtual, renames }: Pick<NetworkWishes, 'wishes' | 'virtual' | 'renames'>,
  links: readonly LinkFacts[],
  record: NetworkRecord,
): readonly LinkFacts[] {
  const members = membersOf(virtual, links);
  const anyCarrier = wishes.some((wish) => wish.device === undefined && wish.mac === undefined);
  const isNamed = (link: LinkFacts) => wishes.some((wish) => wish.device === link.name || wish.mac === permanentMac(link));
  const isInTheMaking = (link: LinkFacts) =>
    members.includes(link.name) || renames.some(({ name, mac }) => (mac === permanentMac(link)) !== (name === link.name));
  return links.filter((link) => {
    if (link.name === 'lo') return true;
    return link.isCandidate && !isReleased(record, link.name) && !isInTheMaking(link) && (anyCarrier || !isNamed(link));
  });
}
