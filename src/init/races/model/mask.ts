/** Names without what is different in every boot: pids, and the letters of mkstemp(3). */

const STAR = '*';
/** Six letters and more at the end of a name, capitals or digits among small ones. */
const RANDOM_END = /(?<=^|[._-]|[a-z])(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[a-z])[A-Za-z0-9]{6,12}$/;
const MKTEMP = /^(.*\.)[A-Za-z0-9]{6,10}$/;

/** `isPid`: whether a number was the pid of a process of the recording. */
export function maskName(path: string, isPid: (pid: number) => boolean): string {
  return path
    .split('/')
    .map((part) => maskPart(part, isPid))
    .join('/');
}

function maskPart(part: string, isPid: (pid: number) => boolean): string {
  const numbers = part.replace(/(?<![0-9A-Za-z])\d{2,}(?![0-9A-Za-z])/g, (digits) => (isPid(Number(digits)) ? STAR : digits));
  const temporary = /^tmp\./.test(numbers) ? MKTEMP.exec(numbers) : null;
  if (temporary !== null) return `${temporary[1]}${STAR}`;
  const found = RANDOM_END.exec(numbers);
  return found !== null && isRandom(found[0]) ? `${numbers.slice(0, found.index)}${STAR}` : numbers;
}

/** Words have their capitals at the beginnings of words; what mkstemp makes has them anywhere. */
function isRandom(text: string): boolean {
  const changes = [...text].filter((char, index) => index > 0 && kindOf(char) !== kindOf(text[index - 1] ?? '')).length;
  return changes >= 3;
}

const kindOf = (char: string): string => (/[a-z]/.test(char) ? 'a' : /[A-Z]/.test(char) ? 'A' : '0');
