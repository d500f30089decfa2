/** Names from a report as a terminal may show them: a report is a file, and a name in it may be anything. */

/** Control characters, what breaks lines for some, and what turns the direction of writing. */
const UNFIT = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One line, and nothing in it that steers a terminal. */
export const oneLine = (text: string): string => text.toWellFormed().replace(UNFIT, '?');

/** The same, line by line; a tab may be in a script. */
export const manyLines = (text: string): readonly string[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t').map(oneLine).join('\t'));
