/** Files of lines with `#` remarks, as all of sshd's are. */

export interface Line {
  /** 1-based. */
  readonly number: number;
  /** Without blanks around it. */
  readonly text: string;
}

/** The lines that say something. */
export function readLines(text: string): readonly Line[] {
  return text
    .split('\n')
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
}

/** Enough of a value to find it again. */
export const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
