/** What rescue put on the links, kept in `/run/lifeboot/network.json`: a rescue that was killed knows what is its own. */
import type { Sys } from '../../sys/sys.ts';
import type { NetworkWish } from './network-wish.ts';

/** A wish that was applied to a link. For DHCP its addresses are those of the lease. */
export interface HeldWish {
  readonly device: string;
  readonly wish: NetworkWish;
}

export interface NetworkRecord {
  readonly version: 2;
  readonly held: readonly HeldWish[];
  /** Links given over to the machine's own networking: nothing is put on them until `verify` finds the machine without an address. */
  readonly released: readonly string[] | 'all';
  /** Names of the bonds, bridges and VLANs that rescue made. */
  readonly made: readonly string[];
}

export const emptyRecord: NetworkRecord = { version: 2, held: [], released: [], made: [] };

/** The record of an earlier run of rescue in this boot. A file that is missing or unreadable is an empty record. */
export async function readRecord(sys: Sys, file: string): Promise<NetworkRecord> {
  try {
    const record: unknown = JSON.parse((await sys.readText(file)) ?? '');
    return isRecord(record) ? { ...emptyRecord, ...record } : emptyRecord;
  } catch {
    return emptyRecord;
  }
}

/** Throws SysError when the file cannot be written. */
export async function writeRecord(sys: Sys, file: string, record: NetworkRecord): Promise<void> {
  await sys.writeAtomic(file, `${JSON.stringify(record)}\n`);
}

export function isReleased(record: NetworkRecord, device: string): boolean {
  return record.released === 'all' || record.released.includes(device);
}

/** The record with that link's wish in place of the one it had. */
export function withHeld(record: NetworkRecord, device: string, wish: NetworkWish): NetworkRecord {
  return { ...record, held: [...record.held.filter((held) => held.device !== device), { device, wish }] };
}

/** Written by us alone, so its version speaks for its form. */
function isRecord(value: unknown): value is NetworkRecord {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 2 && 'held' in value && 'released' in value;
}
