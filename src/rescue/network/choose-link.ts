/** Which link a wish goes to, by the ladder: what stands higher speaks first. Pure. */
import { type LinkFacts, linkNamed } from './network-facts.ts';
import { chooseLink, chooseUnplugged } from './network-plan.ts';
import { isReleased, type NetworkRecord } from './network-record.ts';
import { type NetworkWish, type NetworkWishes, rungs } from './network-wish.ts';
import { membersOf } from './plan-links.ts';

export interface LadderFacts {
  readonly links: readonly LinkFacts[];
  readonly wished: NetworkWishes;
  readonly record: NetworkRecord;
}

/** The link, or undefined when it is not there (yet), or is the machine's own by now. */
export function chooseFor(wish: NetworkWish, facts: LadderFacts): LinkFacts | undefined {
  const { links, wished, record } = facts;
  const before = heldFor(record, wish);
  if (before !== undefined) return links.find((link) => link.name === before);
  const taken = [...takenNames(facts), ...record.held.map((held) => held.device)];
  const link = topOf(wish, chooseLink(wish, links, taken), wished, links);
  return link === undefined || isReleased(record, link.name) ? undefined : link;
}

/** What a wish without a name takes when no link has a carrier in time. */
export function chooseAnyFor(facts: LadderFacts): LinkFacts | undefined {
  return facts.record.released === 'all' ? undefined : chooseUnplugged(facts.links, takenNames(facts));
}

/** Whether a higher rung speaks of that link by name or MAC, or another wish has it already. */
export function isSilenced(wish: NetworkWish, link: LinkFacts, { links, wished, record }: LadderFacts): boolean {
  if (record.held.some((held) => held.device === link.name && !isSameWish(held.wish, wish))) return true;
  if (wish.rung === 'kernel') return false;
  const isHigher = (other: NetworkWish) => rungs.indexOf(other.rung) < rungs.indexOf(wish.rung) && !isNameless(other);
  return (
    wished.spokenFor.includes(link.name) ||
    wished.wishes.some((other) => isHigher(other) && topOf(other, chooseLink(other, links, []), wished, links)?.name === link.name)
  );
}

/** The link that this wish was put on before a crash. */
export const heldFor = (record: NetworkRecord, wish: NetworkWish): string | undefined =>
  record.held.find((held) => isSameWish(held.wish, wish))?.device;

export const isNameless = (wish: NetworkWish): boolean => wish.device === undefined && wish.mac === undefined;

/** Of one rung there is one wish for each name. */
function isSameWish(one: NetworkWish, other: NetworkWish): boolean {
  return one.rung === other.rung && one.device === other.device && one.mac === other.mac;
}

function takenNames({ links, wished }: LadderFacts): readonly string[] {
  const named = wished.wishes.filter((other) => other.rung === 'kernel').flatMap(({ device }) => device ?? []);
  return [...named, ...membersOf(wished.virtual, links)];
}

/** A MAC that is found on a member of a bond or bridge means the bond or bridge: the member has no address of its own. */
function topOf(
  wish: NetworkWish,
  link: LinkFacts | undefined,
  { virtual }: NetworkWishes,
  links: readonly LinkFacts[],
): LinkFacts | undefined {
  if (link === undefined || wish.device !== undefined) return link;
  const master = virtual.find((made) => made.kind !== 'vlan' && made.members.some((member) => linkNamed(member, links) === link));
  return master === undefined ? link : links.find((each) => each.name === master.name);
}
