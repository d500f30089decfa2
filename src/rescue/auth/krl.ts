/** Binary key revocation lists: OpenSSH's PROTOCOL.krl, as `ssh-keygen -k` writes them. */
import { type Fault, isFault } from './fault.ts';
import { fingerprint } from './public-key.ts';
import { addToSet, noRevocations, type Revocations, type RevokedCertificates } from './revocations.ts';
import { readWire } from './wire-reader.ts';

const MAGIC = Buffer.from('SSHKRL\n\0', 'latin1');
const VERSION = 1;

export const isKrl = (bytes: Buffer): boolean => bytes.subarray(0, MAGIC.length).equals(MAGIC);

/** Reads a whole list; anything not understood makes all of it a fault. A signature of its own counts for nothing: the file's owner does. Never throws. */
export function parseKrl(bytes: Buffer): Revocations | Fault {
  const reader = readWire(bytes);
  if (!isKrl(bytes)) return { fault: 'no key revocation list' };
  reader.uint64();
  const version = reader.uint32();
  // The version of the list itself, its date, flags.
  for (let skipped = 0; skipped < 3; skipped += 1) reader.uint64();
  // Reserved, comment.
  for (let skipped = 0; skipped < 2; skipped += 1) reader.string();
  if (reader.ok && version !== VERSION) return { fault: `format version ${version}; ${VERSION} is known` };
  let found = noRevocations;
  while (reader.ok && reader.left > 0) {
    const type = reader.byte();
    const content = reader.string();
    if (!reader.ok) break;
    const next = addSection(found, type, content);
    if (isFault(next)) return next;
    found = next;
  }
  return reader.ok ? found : { fault: 'cut short' };
}

function addSection(found: Revocations, type: number, content: Buffer): Revocations | Fault {
  switch (type) {
    case 1: {
      const certificates = readCertificates(content);
      return isFault(certificates) ? certificates : { ...found, certificates: [...found.certificates, certificates] };
    }
    case 2: {
      const blobs = readStrings(content);
      return blobs === undefined ? { fault: 'a broken list of keys' } : { ...found, keys: addToSet(found.keys, blobs.map(fingerprint)) };
    }
    case 3:
    case 5: {
      const hashes = readStrings(content);
      const size = type === 3 ? 20 : 32;
      if (hashes === undefined || hashes.some(({ length }) => length !== size)) return { fault: 'a broken list of fingerprints' };
      if (type === 3)
        return {
          ...found,
          sha1: addToSet(
            found.sha1,
            hashes.map((hash) => hash.toString('hex')),
          ),
        };
      return {
        ...found,
        keys: addToSet(
          found.keys,
          hashes.map((hash) => `SHA256:${hash.toString('base64').replace(/=+$/, '')}`),
        ),
      };
    }
    case 4:
      return found;
    case 255:
      return readExtension(content) ?? found;
    default:
      return { fault: `a section of unknown type ${type}` };
  }
}

/** Undefined when it may be passed over. */
function readExtension(content: Buffer): Fault | undefined {
  const reader = readWire(content);
  const name = reader.text();
  const critical = reader.byte() !== 0;
  if (!reader.ok) return { fault: 'a broken extension' };
  return critical ? { fault: `a critical extension that is not known: ${JSON.stringify(name.slice(0, 60))}` } : undefined;
}

function readCertificates(content: Buffer): RevokedCertificates | Fault {
  const reader = readWire(content);
  const authority = reader.string();
  reader.string();
  const ranges: { readonly first: bigint; readonly last: bigint }[] = [];
  const bitmaps: { readonly first: bigint; readonly bits: Buffer }[] = [];
  const keyIds: string[] = [];
  while (reader.ok && reader.left > 0) {
    const type = reader.byte();
    const part = readWire(reader.string());
    if (!reader.ok) break;
    if (type === 0x20) while (part.ok && part.left > 0) ranges.push(oneSerial(part.uint64()));
    else if (type === 0x21) ranges.push({ first: part.uint64(), last: part.uint64() });
    else if (type === 0x22) bitmaps.push({ first: part.uint64(), bits: part.natural() });
    else if (type === 0x23) while (part.ok && part.left > 0) keyIds.push(part.string().toString('utf8'));
    else return { fault: `a list of certificates of unknown type ${type}` };
    if (!part.ok || part.left > 0) return { fault: 'a broken list of certificates' };
  }
  if (!reader.ok) return { fault: 'cut short in a list of certificates' };
  return { ...(authority.length === 0 ? {} : { authority: fingerprint(authority) }), ranges, bitmaps, keyIds: new Set(keyIds) };
}

const oneSerial = (serial: bigint) => ({ first: serial, last: serial });

function readStrings(content: Buffer): readonly Buffer[] | undefined {
  const reader = readWire(content);
  const found: Buffer[] = [];
  while (reader.ok && reader.left > 0) found.push(reader.string());
  return reader.ok ? found : undefined;
}
