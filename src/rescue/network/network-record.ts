/** What rescue put on the links, kept in `/run/lifeboot/network.json`: a rescue that was killed knows what is its own. */
import type { Sys } from '../../sys/sys.ts';
import type { Inventory } from './link-inventory.ts';
import type { NetworkWish } from './network-wish.ts';
import type { Decision } from './plan-handover.ts';

/** A wish that was applied to a link. For DHCP its addresses are those of the lease. */
export interface HeldWish {
  readonly device: string;
  readonly wish: NetworkWish;
}

/** The hand-over of one link, as far as it has come. */
export interface LinkHandover extends Decision {
  /** `decided`, then `done` before the machine's networking starts, then `verified` after it. */
  readonly stage: 'decided' | 'done' | 'verified';
  readonly before: Inventory;
  readonly after?: Inventory;
}

export interface NetworkRecord {
  readonly version: 2;
  readonly held: readonly HeldWish[];
  /** Links given over to the machine's own networking: nothing is put on them until `verify` finds the machine without an address. */
  readonly released: readonly string[] | 'all';
  /** Names of the bonds, bridges and VLANs that rescue made. */
  readonly made: readonly string[];
  /** One a link that was, or is being, handed over. */
  readonly handovers: readonly LinkHandover[];
}

export const emptyRecord: NetworkRecord = { version: 2, held: [], released: [], made: [], handovers: [] };

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

/** Whether the link is the machine's: one that is kept is not, though all others are. */
export function isReleased(record: NetworkRecord, device: string): boolean {
  if (record.handovers.some((each) => each.device === device && each.policy === 'keep')) return false;
  return record.released === 'all' || record.released.includes(device);
}

/** The record with that link's wish in place of the one it had. */
export function withHeld(record: NetworkRecord, device: string, wish: NetworkWish): NetworkRecord {
  return { ...record, held: [...record.held.filter((held) => held.device !== device), { device, wish }] };
}

/** The record with these hand-overs in place of those of the same links. */
export function withHandovers(record: NetworkRecord, handovers: readonly LinkHandover[]): NetworkRecord {
  const others = record.handovers.filter((each) => !handovers.some(({ device }) => device === each.device));
  return { ...record, handovers: [...others, ...handovers] };
}

/** Written by us alone, so its version speaks for its form. */
function isRecord(value: unknown): value is NetworkRecord {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 2 && 'held' in value && 'released' in value;
}
