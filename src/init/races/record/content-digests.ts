/** What makes contents of several recordings comparable: digests with a key that stays on the machine. What stood there is kept nowhere. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { paths, TOOLBOX } from '../../../sys/paths.ts';
import type { Sys } from '../../../sys/sys.ts';
import { formatDigest } from '../trace/content-digest.ts';

/** Of a machine that forgets all of its disk: whoever records several boots of it gives the key of all of them. */
const GIVEN_KEY = `${TOOLBOX}/races.key`;
/** Of this machine, made when it is first wanted: for root alone. */
export const OWN_KEY = `${paths.races}/key`;
const KEY_BYTES = 32;
const DIGEST_LENGTH = 16;
const KEY_LENGTH = 8;

/** `list` has lines `NUMBER BYTES`. Who has the digests and not the key learns no more than which contents are equal. */
export async function digestContents(sys: Sys, list: string): Promise<readonly string[]> {
  if (list === '') return [];
  const key = await readKey(sys);
  const keyName = createHash('sha256').update(key).digest('hex').slice(0, KEY_LENGTH);
  return list.split('\n').flatMap((line) => {
    const [, number, bytes = ''] = /^(\d+) (.+)$/.exec(line) ?? [];
    if (number === undefined) return [];
    return formatDigest(Number(number), `${keyName}:${createHmac('sha256', key).update(bytes).digest('hex').slice(0, DIGEST_LENGTH)}`);
  });
}

async function readKey(sys: Sys): Promise<string> {
  const known = ((await sys.readText(GIVEN_KEY)) ?? (await sys.readText(OWN_KEY)) ?? '').trim();
  if (known !== '') return known;
  const key = randomBytes(KEY_BYTES).toString('hex');
  await sys.writeAtomic(OWN_KEY, `${key}\n`);
  return key;
}
