/** Brings bonds, bridges and VLANs into an order in which each can be made: what a link stands on comes first. */
import { partsOf, type VirtualLink } from '../../sys/virtual-link.ts';

/** A link that cannot be made, and why. */
export interface Left {
  readonly link: VirtualLink;
  readonly why: string;
}

/** Of two words for one name the later counts. Left out is what stands on itself in the end, or wants a link that another one has. */
export function orderVirtual(links: readonly VirtualLink[]): { readonly ordered: readonly VirtualLink[]; readonly left: readonly Left[] } {
  const byName = new Map(links.map((link) => [link.name, link]));
  const left: Left[] = [];
  const owners = new Map<string, string>();
  for (const link of byName.values()) {
    if (link.kind === 'vlan') continue;
    const lost = link.members.find((member) => owners.has(member));
    if (lost !== undefined) left.push({ link, why: `${lost} is a member of ${owners.get(lost)} already` });
    else for (const member of link.members) owners.set(member, link.name);
  }
  for (const { link } of left) byName.delete(link.name);
  const ordered: VirtualLink[] = [];
  for (let waiting = [...byName.values()]; waiting.length > 0; ) {
    const ready = waiting.filter((link) => !partsOf(link).some((part) => waiting.some((other) => other.name === part)));
    if (ready.length === 0) {
      left.push(...waiting.map((link) => ({ link, why: 'stands on itself in the end' })));
      break;
    }
    ordered.push(...ready);
    waiting = waiting.filter((link) => !ready.includes(link));
  }
  return { ordered, left };
}
