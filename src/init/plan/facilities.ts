/** Virtual facilities (`$network`), as /etc/insserv.conf and /etc/insserv.conf.d define them: insserv(8). */

export interface Facilities {
  /** Members by facility: `+name` optional, `name` wanted, `$name` another facility. */
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** What `<interactive>` lists. */
  readonly interactive: ReadonlySet<string>;
}

/** One name a word of a header stands for. */
export interface Wanted {
  readonly name: string;
  /** Nothing is wrong when nobody provides it. */
  readonly optional: boolean;
}

export type Expansion =
  | { readonly kind: 'names'; readonly wanted: readonly Wanted[] }
  | { readonly kind: 'all' }
  | { readonly kind: 'unknown'; readonly facility: string };

/** What Debian's insserv ships: used where an image has no insserv.conf at all. */
export const DEBIAN_FACILITIES = `$local_fs +mountall +mountall-bootclean +mountoverflowtmp +umountfs
$network +networking +ifupdown
$named +named +dnsmasq +lwresd +bind9 +unbound +pdns-recursor $network
$remote_fs $local_fs +mountnfs +mountnfs-bootclean +umountnfs +sendsigs
$syslog +rsyslog +sysklogd +syslog-ng +dsyslog +inetutils-syslogd
$time +hwclock
<interactive> glibc udev console-screen keymap keyboard-setup console-setup cryptdisks cryptdisks-early checkfs-loop
`;

/** Reads the files one after another; a facility named in several has the members of all of them. */
export function parseFacilities(texts: readonly string[]): Facilities {
  const members = new Map<string, readonly string[]>();
  const interactive = new Set<string>();
  for (const line of texts.flatMap((text) => text.split(/\r?\n/))) {
    const [name = '', ...words] = line
      .replace(/#.*$/, '')
      .split(/[\s,;]+/)
      .filter((word) => word !== '');
    if (name === '<interactive>') for (const word of words) interactive.add(word.replace(/^\+/, ''));
    else if (name.startsWith('$')) members.set(name, [...new Set([...(members.get(name) ?? []), ...words])]);
  }
  return { members, interactive };
}

/** What a word of a header stands for. A facility within itself counts once. */
export function expandWord(word: string, { members }: Facilities): Expansion {
  const names = new Map<string, boolean>();
  const seen = new Set<string>();
  const expand = (raw: string, optionalBefore: boolean): string | undefined => {
    const optional = optionalBefore || raw.startsWith('+');
    const name = raw.replace(/^\+/, '');
    if (name === '$null' || name === '$all' || seen.has(name)) return undefined;
    if (!name.startsWith('$')) {
      names.set(name, (names.get(name) ?? true) && optional);
      return undefined;
    }
    seen.add(name);
    const inside = members.get(name);
    if (inside === undefined) return name;
    for (const member of inside) {
      const unknown = expand(member, optional);
      if (unknown !== undefined) return unknown;
    }
    return undefined;
  };
  if (word.replace(/^\+/, '') === '$all') return { kind: 'all' };
  const facility = expand(word, false);
  if (facility !== undefined) return { kind: 'unknown', facility };
  return { kind: 'names', wanted: [...names].map(([name, optional]) => ({ name, optional })) };
}
