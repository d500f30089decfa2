/** The configuration that mdadm(8) gets: the image's own arrays by their names, and no doubt whose they are. */
import { TOOLBOX } from '../../sys/paths.ts';
import type { Sys } from '../../sys/sys.ts';

export const MDADM_CONF = `${TOOLBOX}/mdadm.conf`;
/** Baked in from the image: see toolbox/initramfs. */
const BAKED = `${TOOLBOX}/etc/mdadm/mdadm.conf`;

/** mdadm.conf(5). Pure. With `arrays` (rd.md.uuid=) no other is assembled. */
export function planMdadmConf(baked: string, arrays: readonly string[]): string {
  const wanted = arrays.map(plainUuid);
  const lines = joinLines(baked).filter((line) => /^(ARRAY|POLICY|CREATE)\b/i.test(line));
  const uuidOf = (line: string): string => plainUuid(/\buuid=(\S+)/i.exec(line)?.[1] ?? '');
  const kept = lines.filter((line) => wanted.length === 0 || !/^ARRAY\b/i.test(line) || wanted.includes(uuidOf(line)));
  const named = new Set(kept.map(uuidOf));
  return [
    // The name in a superblock has the host's in front, and an initramfs has no name yet: without this it would be /dev/md127.
    'HOMEHOST <ignore>',
    ...(wanted.length === 0 ? [] : ['AUTO -all']),
    ...kept,
    ...wanted.filter((uuid) => !named.has(uuid)).map((uuid) => `ARRAY UUID=${uuid.replace(/(.{8})(?=.)/g, '$1:')}`),
    '',
  ].join('\n');
}

export async function writeMdadmConf(sys: Sys, arrays: readonly string[]): Promise<void> {
  await sys.writeAtomic(MDADM_CONF, planMdadmConf((await sys.readText(BAKED)) ?? '', arrays), 0o644);
}

const plainUuid = (text: string): string => text.toLowerCase().replace(/[^0-9a-f]/g, '');

/** A line that begins with a blank goes on with the one before; `#` opens a comment. */
function joinLines(text: string): readonly string[] {
  const lines: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/(^|\s)#.*$/, '').trimEnd();
    if (/^\s/.test(line) && lines.length > 0) lines.push(`${lines.pop()} ${line.trim()}`);
    else if (line.trim() !== '') lines.push(line.trim());
  }
  return lines;
}
