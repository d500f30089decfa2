/** Decides which `ip` commands give NICs the names of `ifname=`. Pure. */
import { isPlain, type LinkFacts, permanentMac } from './network-facts.ts';
import type { Step } from './network-plan.ts';
import type { RenameWish } from './network-wish.ts';

interface Move {
  readonly link: LinkFacts;
  readonly to: string;
}

/**
 * The names as wished, whoever has them now: a link that stands in the way, and has no wish of its own, takes the name that
 * becomes free. Run again on what it made, it plans nothing.
 */
export function planRenames(renames: readonly RenameWish[], links: readonly LinkFacts[]): readonly Step[] {
  const wished = renames.flatMap(({ name, mac }): readonly Move[] => {
    const link = links.find((each) => isPlain(each) && permanentMac(each) === mac);
    return link === undefined || link.name === name ? [] : [{ link, to: name }];
  });
  const isMoving = (name: string) => wished.some(({ link }) => link.name === name);
  const isTarget = (name: string) => wished.some(({ to }) => to === name);
  const free = wished.map(({ link }) => link.name).filter((name) => !isTarget(name));
  const inTheWay = links.filter(({ name }) => isTarget(name) && !isMoving(name));
  // There is a free name for each: what is left by n and wanted by n leaves as many free as are in the way, or more.
  const aside = inTheWay.map((link, place) => ({ link, to: free[place] ?? temporaryName(link) }));
  const moves = [...wished, ...aside];
  // Who takes a name that another still has goes by a name that nobody has.
  const crossing = moves.filter(({ to }) => moves.some(({ link }) => link.name === to));
  return [
    ...moves.filter(({ link }) => needsDown(link)).map(({ link }) => down(link)),
    ...crossing.map(({ link }) => rename(link.name, temporaryName(link))),
    ...moves.filter((move) => !crossing.includes(move)).map(({ link, to }) => rename(link.name, to)),
    ...crossing.map(({ link, to }) => rename(temporaryName(link), to)),
  ];
}

/** The kernel renames a link that is down; since 6.2 one that is up, too, which we ask of it where an address would be lost. */
const needsDown = (link: LinkFacts): boolean => link.isUp && !link.addresses.some((address) => address.scope === 'global');

const down = ({ name }: LinkFacts): Step => ({ argv: ['ip', 'link', 'set', 'dev', name, 'down'], why: `${name} down for its new name` });

const rename = (from: string, to: string): Step => ({ argv: ['ip', 'link', 'set', 'dev', from, 'name', to], why: `${from} is ${to}` });

const temporaryName = ({ index }: LinkFacts): string => `rename${index}`;
