/** Text within SVG and HTML: a script's name or a client's words may be anything. */

/** What XML 1.0 (2.2) forbids, control characters, and what turns the direction of writing. */
const UNFIT = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Fit as content and as an attribute in either kind of quotes; one line. */
export function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replace(UNFIT, '\ufffd')
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '');
}

/** Cut to `length` characters, the last one then `…`. */
export function shorten(text: string, length: number): string {
  const chars = [...text.slice(0, 2 * length + 2)];
  return chars.length <= length ? text : `${chars.slice(0, length - 1).join('')}…`;
}
