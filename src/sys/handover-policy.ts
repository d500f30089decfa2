/** What becomes of rescue's addresses on a link when the machine's own networking starts. */

/**
 * - `release`: ours go before it starts. The link stays up, so sessions live on when the same address returns; until then
 *   nobody reaches us at it.
 * - `adopt`: ours stay reachable while it starts, in a form that is in no command's way (an IPv4 address with another prefix
 *   length, routes with the last metric), and go once the machine has an address of its own. IPv6 knows an address once a
 *   link whatever its prefix length, so those are released.
 * - `keep`: ours stay ours; the machine's networking is expected to leave that link alone.
 */
export const handoverPolicies = ['release', 'adopt', 'keep'] as const;
export type HandoverPolicy = (typeof handoverPolicies)[number];

/** Of one link, by its name; `*` speaks for every link that is not named. */
export interface LinkPolicy {
  readonly device: string;
  readonly policy: HandoverPolicy;
}

export const HANDOVER_FORM = `${handoverPolicies.join(', ')}, or link:policy, parted by commas, as in eth0:keep,eth1:release`;

/** Reads `release` or `eth0:keep,eth1:adopt`; a string says what is wrong. */
export function parseLinkPolicies(text: string): readonly LinkPolicy[] | string {
  const policies: LinkPolicy[] = [];
  for (const part of text.split(',').filter((each) => each !== '')) {
    const at = part.lastIndexOf(':');
    const policy = handoverPolicies.find((each) => each === part.slice(at + 1));
    if (policy === undefined || at === 0) return `has no policy in ${JSON.stringify(part)}`;
    policies.push({ device: at < 0 ? '*' : part.slice(0, at), policy });
  }
  return policies.length === 0 ? 'names no policy' : policies;
}
