/** Splits a line of a health check into words as a shell would, without any of its other powers. */

export interface Word {
  readonly text: string;
  /** Had a quote or a backslash in it. */
  readonly quoted: boolean;
}

/** Blanks part words; 'single' and "double" quotes and a backslash keep them. Undefined when a quote stays open. */
export function splitWords(text: string): Word[] | undefined {
  const words: Word[] = [];
  const word = /(?:[^\s"'\\]|\\[\s\S]|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+/y;
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
    if (at >= text.length) return words;
    word.lastIndex = at;
    const [raw] = word.exec(text) ?? [];
    if (raw === undefined) return undefined;
    at += raw.length;
    if (at < text.length && !/\s/.test(text[at] ?? '')) return undefined;
    words.push({ text: unquote(raw), quoted: /["'\\]/.test(raw) });
  }
}

function unquote(raw: string): string {
  return raw.replaceAll(/'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g, (_, single?: string, double?: string, escaped?: string) => {
    return single ?? double?.replaceAll(/\\([\s\S])/g, '$1') ?? escaped ?? '';
  });
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0', '\\': '\\' };

/** What `\r`, `\n`, `\t`, `\0`, `\xHH` and a doubled backslash stand for, as bytes in latin1. Undefined for another escape. */
export function unescapeBytes(text: string): string | undefined {
  let wrong = false;
  const bytes = Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/\\(?:x([0-9A-Fa-f]{2})|([\s\S]?))/g, (_, hex?: string, letter?: string) => {
      const byte = hex === undefined ? ESCAPES[letter ?? ''] : String.fromCharCode(Number.parseInt(hex, 16));
      wrong ||= byte === undefined;
      return byte ?? '';
    });
  return wrong ? undefined : bytes;
}
