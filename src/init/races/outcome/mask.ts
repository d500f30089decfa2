/** Texts without what is another one each time: numbers, hexadecimal names, times. */

/** `named[412]: 12:03:04 bind 0x7f33: 98` → `named[#]: #:#:# bind #: #` */
export function maskText(text: string): string {
  return text
    .replace(/\x1b\[[0-9;]*[A-Za-z]/g, '')
    .replace(/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g, '#')
    .replace(/\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b|\d+/g, '#');
}
