/** What the sockets of a process are: the kernel's tables by inode. See proc_pid_net(5) and Documentation/networking/proc_net_tcp. */

/** Names by inode of the socket. `tcp` and the others are the texts of the tables; a missing one is empty. */
export function parseSockets(tables: {
  readonly tcp: string;
  readonly tcp6: string;
  readonly udp: string;
  readonly udp6: string;
  readonly unix: string;
}): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [kind, text] of [
    ['tcp', tables.tcp],
    ['tcp6', tables.tcp6],
    ['udp', tables.udp],
    ['udp6', tables.udp6],
  ] as const) {
    for (const fields of rowsOf(text)) {
      const [, local = '', remote = '', state = ''] = fields;
      const inode = fields[9];
      if (inode !== undefined) names.set(inode, describeInternet(kind, local, remote, state));
    }
  }
  for (const [, , , , , , inode, ...path] of rowsOf(tables.unix)) {
    if (inode !== undefined) names.set(inode, path.length === 0 ? 'unix' : `unix ${path.join(' ')}`);
  }
  return names;
}

/** From include/net/tcp_states.h. */
const states: Readonly<Record<string, string>> = {
  '01': 'established',
  '02': 'waits for an answer',
  '03': 'syn received',
  '04': 'fin wait 1',
  '05': 'fin wait 2',
  '06': 'time wait',
  '07': 'closed',
  '08': 'close wait',
  '09': 'last ack',
  '0A': 'listens',
  '0B': 'closing',
};

function describeInternet(kind: string, local: string, remote: string, state: string): string {
  const listens = kind.startsWith('tcp') && state === '0A';
  const alone = listens || /:0000$/.test(remote);
  const ends = alone ? parseEndpoint(local) : `${parseEndpoint(local)} to ${parseEndpoint(remote)}`;
  return `${kind} ${ends}${kind.startsWith('tcp') ? `, ${states[state] ?? state}` : ''}`;
}

/** `0100007F:1F90` is `127.0.0.1:8080`: 32-bit words in the byte order of the machine, the port as one writes it. */
export function parseEndpoint(text: string): string {
  const [address = '', port = ''] = text.split(':');
  const words = address.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  const shown = bytes.length === 4 ? bytes.join('.') : `[${compress(bytes)}]`;
  return `${shown}:${Number.parseInt(port, 16)}`;
}

function compress(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16));
  // RFC 5952 4.2: the longest run of zeros, the first of equals.
  const [longest] = [...groups.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].toSorted((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return groups.join(':');
  const text = groups.join(':');
  return `${text.slice(0, longest.index)}::${text.slice(longest.index + longest[0].length).replace(/^:/, '')}`;
}

const rowsOf = (table: string): readonly (readonly string[])[] =>
  table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 6);
