/** The fields of a network word of the kernel command line: parted by colons, with IPv6 addresses in brackets. */

/** What is wrong with a value that cannot be used. */
export interface Refusal {
  readonly refused: string;
}

/** Parts at colons, except inside `[…]`, whose brackets go (`[fe80::1]/64` is `fe80::1/64`); undefined when a bracket has no partner. */
export function splitFields(value: string): string[] | undefined {
  const fields: string[] = [];
  for (let rest = value; ; ) {
    const [whole, field] = /^((?:[^:[\]]|\[[^[\]]*\])*)(?::|$)/.exec(rest) ?? [];
    if (whole === undefined || field === undefined) return undefined;
    fields.push(field.replaceAll(/[[\]]/g, ''));
    if (whole === field) return fields;
    rest = rest.slice(whole.length);
  }
}

/** An address as a field: IPv6 in brackets. */
export const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** The names of a list parted by commas; undefined when it names none, one twice, or one that `isName` refuses. */
export function splitNames(field: string, isName: (text: string) => boolean): readonly string[] | undefined {
  const names = field.split(',');
  return names.every(isName) && new Set(names).size === names.length ? names : undefined;
}
