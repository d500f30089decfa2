/** A line behind the kernel's: the digest of the contents that have a number in this recording. */

const LINE = /^# content (\d+) ([0-9a-f]+:[0-9a-f]+)$/;

/** `digest`: the name of its key, and what it is with that key. */
export const formatDigest = (content: number, digest: string): string => `# content ${content} ${digest}`;

/** Undefined for another line. */
export function parseDigest(line: string): { readonly content: number; readonly digest: string } | undefined {
  const [, content, digest = ''] = LINE.exec(line) ?? [];
  return content === undefined ? undefined : { content: Number(content), digest };
}
