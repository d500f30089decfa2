/** The text of key options, sshd(8) "AUTHORIZED_KEYS FILE FORMAT": apart from the key, apart from each other, out of their quotes. */

/** Between double quotes only `\"` is special. */
const INSIDE = String.raw`(?:\\"|[^"\\]|\\(?!"))*`;
const OPTIONS = new RegExp(`^((?:"${INSIDE}"|[^"\\s])+)(?:\\s+(.*))?$`, 's');
const ONE = new RegExp(`(?:"${INSIDE}"|[^",]|")+|(?<=,|^)(?=,|$)`, 'gs');
const VALUED = new RegExp(`^([A-Za-z0-9-]+)="(${INSIDE})"$`, 's');

/** Splits a line at its first blank outside double quotes. Undefined when a quote stays open. */
export function splitOptions(line: string): { readonly options: string; readonly rest: string } | undefined {
  const match = OPTIONS.exec(line);
  return match === null ? undefined : { options: match[1] ?? '', rest: (match[2] ?? '').trim() };
}

export interface Option {
  /** Lower case, as the case does not count. */
  readonly name: string;
  /** Out of its quotes; absent for a flag. */
  readonly value?: string;
  /** As written. */
  readonly text: string;
}

/** The options in order. One that is neither `name` nor `name="value"` is a name that nobody will know. Never throws. */
export function readOptions(text: string): readonly Option[] {
  return (text.match(ONE) ?? ['']).map((part) => {
    const match = VALUED.exec(part);
    if (match === null) return { name: part.toLowerCase(), text: part };
    return { name: (match[1] ?? '').toLowerCase(), value: (match[2] ?? '').replaceAll('\\"', '"'), text: part };
  });
}
