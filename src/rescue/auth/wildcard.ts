/** Whether `*` (any run) and `?` (any one) of the pattern can stand for the text: match_pattern of OpenSSH, in linear memory. */
export function matchesWildcard(text: string, pattern: string): boolean {
  let [at, wanted] = [0, 0];
  let [star, resume] = [-1, 0];
  while (at < text.length) {
    const want = pattern[wanted];
    if (want === '*') {
      star = wanted;
      resume = at;
      wanted += 1;
    } else if (want === '?' || (want !== undefined && want === text[at])) {
      at += 1;
      wanted += 1;
    } else if (star >= 0) {
      resume += 1;
      at = resume;
      wanted = star + 1;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(wanted));
}
