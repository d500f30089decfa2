/** Names and hardware addresses of links, as the kernel takes them. */

/** dev_valid_name() of the kernel: shorter than IFNAMSIZ, no blank, `/` or `:`, neither `.` nor `..`. */
export function isLinkName(text: string): boolean {
  return /^[^\s/:]{1,15}$/.test(text) && new TextEncoder().encode(text).length <= 15 && text !== '.' && text !== '..';
}

/** `52:54:00:12:34:56` from any usual spelling (colons, dashes, either case); undefined when it is no Ethernet address. */
export function canonicalMac(text: string): string | undefined {
  return /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}$/i.test(text) ? text.toLowerCase().replaceAll('-', ':') : undefined;
}
