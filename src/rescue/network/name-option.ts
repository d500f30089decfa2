/** `ifname=` and `BOOTIF=`: which NIC is meant, by its MAC (dracut.cmdline(7), pxelinux's IPAPPEND 2). */
import { canonicalMac, isLinkName } from '../../sys/link-name.ts';
import type { RenameWish } from './network-wish.ts';
import type { Refusal } from './option-fields.ts';

/** Reads the value of `ifname=<name>:<mac>`. Never throws. */
export function parseIfnameOption(value: string): RenameWish | Refusal {
  const colon = value.indexOf(':');
  const name = colon < 0 ? value : value.slice(0, colon);
  if (!isLinkName(name)) return { refused: `has no name of a link in ${JSON.stringify(name)}` };
  const mac = canonicalMac(value.slice(name.length + 1));
  return mac === undefined ? { refused: `has no MAC in ${JSON.stringify(value.slice(name.length + 1))}` } : { name, mac };
}

/** The MAC of `BOOTIF=01-52-54-00-12-34-56`: the first pair is the hardware type of ARP, 01 for Ethernet, and may be missing. */
export function parseBootifOption(value: string): string | undefined {
  return canonicalMac(value.replace(/^01[-:](?=(?:[0-9a-f]{2}[-:]){5}[0-9a-f]{2}$)/i, ''));
}
