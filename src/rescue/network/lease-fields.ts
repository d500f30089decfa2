/** The file that a script of a DHCP client writes: `name=value`, one a line. */
export function leaseFields(text: string): ReadonlyMap<string, string> {
  return new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const));
}
