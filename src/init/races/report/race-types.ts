/** What the types of races are called, and what each of them means to a reader who never heard of them. */
import type { RaceType } from './finding.ts';

interface RaceTypeRow {
  /** In CamelCase it is the name of the rule in SARIF. */
  readonly name: string;
  /** One sentence: what happens. */
  readonly happens: string;
  /** One sentence: what ends it. */
  readonly help: string;
}

export const raceTypes: Readonly<Record<RaceType, RaceTypeRow>> = {
  T1: {
    name: 'use before init',
    happens: 'A script uses something that another script of the same tier has yet to make.',
    help: 'Declare the order: Required-Start in the one that uses it, or X-Start-Before in the one that makes it.',
  },
  T2: {
    name: 'use after clean',
    happens: 'A script removes what another script of the same tier has just made.',
    help: 'Let the one that cleans go first, or let it spare what is in use.',
  },
  T3: {
    name: 'last writer',
    happens: 'Two scripts of the same tier write the same thing, and the last one wins.',
    help: 'Give it one owner, or declare which of them comes last.',
  },
  T4: {
    name: 'exclusive resource',
    happens: 'Two scripts of the same tier want something that only one can have: an address, a lock, a name.',
    help: 'Let them wait for the lock, give them two resources, or declare an order.',
  },
  T5: {
    name: 'check then act',
    happens: 'A script looks, and acts on what it saw, while another one changes it in between.',
    help: 'Make looking and acting one step (mkdir, ln, flock), or declare an order.',
  },
  T6: {
    name: 'shadowing mount',
    happens: 'A script writes below a directory over which another script of the same tier mounts a filesystem.',
    help: 'Let the one that mounts go first: $local_fs or $remote_fs where it is one of these.',
  },
  T7: {
    name: 'readiness gap',
    happens: 'The order is declared, but the script that goes first ends before its daemon is ready.',
    help: 'No order can help: let the daemon say when it is ready (X-Ready), or let its script wait for that.',
  },
  T8: {
    name: 'lottery of a resource',
    happens: 'A script takes a port or a pid that nobody chose, and it may be the one that another script needs.',
    help: 'Reserve or fix the number, or start the one that needs it first.',
  },
  T9: {
    name: 'missed event',
    happens: 'An event is sent while nobody listens for it yet, and it does not come again.',
    help: 'Let the one that listens go first, or have the event sent again when it is there.',
  },
};
