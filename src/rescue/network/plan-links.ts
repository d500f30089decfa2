/** Decides which `ip` commands make the bonds, bridges and VLANs that were wished, of the links that are there. Pure. */
import type { BondLink, BridgeLink, VirtualLink, VlanLink } from '../../sys/virtual-link.ts';
import { partsOf } from '../../sys/virtual-link.ts';
import { isPlain, type LinkFacts, linkNamed } from './network-facts.ts';
import { planLinkUp, type Step } from './network-plan.ts';

export interface LinksPlan {
  readonly steps: readonly Step[];
  /** Names of the links that the steps make or configure. */
  readonly makes: readonly string[];
  /** Links that are to come: what they are awaited for. */
  readonly missing: readonly { readonly part: string; readonly of: VirtualLink }[];
  /** What can never be made as it was wished, by name. */
  readonly refused: readonly { readonly link: VirtualLink; readonly why: string }[];
}

interface Draft {
  readonly steps: Step[];
  readonly makes: string[];
  readonly missing: { readonly part: string; readonly of: VirtualLink }[];
  readonly refused: { readonly link: VirtualLink; readonly why: string }[];
  /** The links as they will be. */
  links: readonly LinkFacts[];
  readonly made: readonly string[];
}

/**
 * What is missing of the links, in an order in which it can be done; run again on what it made, it plans nothing. A member that is
 * not there yet keeps nobody waiting. `made` are those that are ours already: their options stay as they are.
 */
export function planLinks(virtual: readonly VirtualLink[], links: readonly LinkFacts[], made: readonly string[]): LinksPlan {
  const draft: Draft = { steps: [], makes: [], missing: [], refused: [], links, made };
  for (const link of virtual) {
    const there = draft.links.find((each) => each.name === link.name);
    if (there !== undefined && there.kind !== link.kind)
      draft.refused.push({ link, why: `there is another link of that name, which is no ${link.kind}` });
    else if (link.kind === 'vlan') draftVlan(link, there, draft);
    else draftMaster(link, there, draft);
  }
  return { steps: draft.steps, makes: draft.makes, missing: draft.missing, refused: draft.refused };
}

/**
 * Takes the links that we made away again, those first that stand on others; but not those in `kept`, nor what these stand on.
 * Members come up by themselves again, so that each has its link-local address.
 */
export function planUnmake(
  virtual: readonly VirtualLink[],
  links: readonly LinkFacts[],
  { made, kept }: { readonly made: readonly string[]; readonly kept: readonly string[] },
): readonly Step[] {
  const needed = neededBy(kept, virtual, links);
  const gone = virtual.filter(
    ({ name, kind }) => made.includes(name) && !needed.has(name) && links.some((each) => each.name === name && each.kind === kind),
  );
  return gone.toReversed().flatMap((link) => {
    const members = partsOf(link).flatMap((part) => linkNamed(part, links) ?? []);
    const up = members.filter((member) => isPlain(member)).map(({ name }) => upStep(name));
    return [{ argv: ['ip', 'link', 'del', 'dev', link.name], why: `${link.kind} ${link.name} away` }, ...(link.kind === 'vlan' ? [] : up)];
  });
}

/** The names of the links that others are made of: no wish without a name takes them. */
export function membersOf(virtual: readonly VirtualLink[], links: readonly LinkFacts[]): readonly string[] {
  const parts = virtual.flatMap((link) => (link.kind === 'vlan' ? [] : link.members));
  return parts.map((part) => linkNamed(part, links)?.name ?? part);
}

function neededBy(kept: readonly string[], virtual: readonly VirtualLink[], links: readonly LinkFacts[]): ReadonlySet<string> {
  const needed = new Set(kept);
  // What stands on others comes after them in the list.
  for (const link of virtual.toReversed()) {
    if (needed.has(link.name)) for (const part of partsOf(link)) needed.add(linkNamed(part, links)?.name ?? part);
  }
  return needed;
}

function draftVlan(link: VlanLink, there: LinkFacts | undefined, draft: Draft): void {
  const parent = linkNamed(link.parent, draft.links);
  if (parent === undefined) {
    draft.missing.push({ part: link.parent, of: link });
    return;
  }
  if (there === undefined) {
    const argv = ['ip', 'link', 'add', 'link', parent.name, 'name', link.name, 'type', 'vlan', 'id', String(link.id)];
    add(draft, link, argv, { mac: parent.mac });
  }
  takeUp(draft, parent.name);
  finish(draft, link);
}

function draftMaster(link: BondLink | BridgeLink, there: LinkFacts | undefined, draft: Draft): void {
  if (there === undefined) {
    const options = link.kind === 'bond' ? optionWords(link) : [];
    add(draft, link, ['ip', 'link', 'add', 'name', link.name, 'type', link.kind, ...options], {});
  } else if (link.kind === 'bond' && !draft.made.includes(link.name)) {
    configureBond(link, there, draft);
  }
  for (const part of link.members) join(link, part, draft);
  if (link.kind === 'bond') choosePrimary(link, draft);
  finish(draft, link);
}

/** The module makes a `bond0` of its own when it is loaded (max_bonds of bonding.rst): that one gets the options. */
function configureBond(link: BondLink, there: LinkFacts, draft: Draft): void {
  if (draft.links.some((each) => each.master === link.name)) return;
  if (there.isUp) step(draft, ['ip', 'link', 'set', 'dev', link.name, 'down'], `${link.name} down for its options`);
  step(draft, ['ip', 'link', 'set', 'dev', link.name, 'type', 'bond', ...optionWords(link)], `options of ${link.name}`);
  draft.makes.push(link.name);
  change(draft, link.name, { isUp: false });
}

function join(link: BondLink | BridgeLink, part: string, draft: Draft): void {
  const member = linkNamed(part, draft.links);
  if (member === undefined) {
    draft.missing.push({ part, of: link });
    return;
  }
  if (member.master !== undefined) {
    if (member.master !== link.name) draft.refused.push({ link, why: `${member.name} is a member of ${member.master} already` });
    return;
  }
  // bonding.rst: a member is down when it joins, and the bond takes it up.
  if (link.kind === 'bond' && member.isUp)
    step(draft, ['ip', 'link', 'set', 'dev', member.name, 'down'], `${member.name} down to join ${link.name}`);
  step(draft, ['ip', 'link', 'set', 'dev', member.name, 'master', link.name], `${member.name} joins ${link.name}`);
  change(draft, member.name, { master: link.name, isUp: link.kind === 'bond' || member.isUp });
  takeUp(draft, member.name);
}

/** Only a link that is there can be named as primary. */
function choosePrimary(link: BondLink, draft: Draft): void {
  const wished = link.options.find(([name]) => name === 'primary')?.[1];
  const primary = draft.links.find((each) => each.name === wished && each.master === link.name);
  if (primary === undefined || draft.links.some((each) => each.name === link.name && each.primary === primary.name)) return;
  step(
    draft,
    ['ip', 'link', 'set', 'dev', link.name, 'type', 'bond', 'primary', primary.name],
    `${primary.name} is the primary of ${link.name}`,
  );
}

/** Last its MTU, which a bond gives to its members, and up. */
function finish(draft: Draft, { name, mtu }: VirtualLink): void {
  if (mtu !== undefined && draft.links.some((each) => each.name === name && each.mtu !== mtu)) {
    step(draft, ['ip', 'link', 'set', 'dev', name, 'mtu', String(mtu)], `MTU ${mtu} of ${name}`);
  }
  takeUp(draft, name);
}

function takeUp(draft: Draft, name: string): void {
  const link = draft.links.find((each) => each.name === name);
  if (link !== undefined) draft.steps.push(...planLinkUp(link));
  change(draft, name, { isUp: true });
}

function add(draft: Draft, { kind, name }: VirtualLink, argv: readonly string[], facts: Partial<LinkFacts>): void {
  step(draft, argv, `${kind} ${name}`);
  draft.makes.push(name);
  const bare = { name, kind, index: 0, mac: '', mtu: 1500, isUp: false, hasCarrier: false, isCandidate: true, addresses: [] };
  draft.links = [...draft.links, { ...bare, ...facts }];
}

function change(draft: Draft, name: string, facts: Partial<LinkFacts>): void {
  draft.links = draft.links.map((each) => (each.name === name ? { ...each, ...facts } : each));
}

function step(draft: Draft, argv: readonly string[], why: string): void {
  draft.steps.push({ argv, why });
}

const optionWords = (link: BondLink): readonly string[] => link.options.filter(([name]) => name !== 'primary').flat();

const upStep = (name: string): Step => ({ argv: ['ip', 'link', 'set', 'dev', name, 'up'], why: `${name} up` });
