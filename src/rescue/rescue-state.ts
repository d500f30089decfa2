/** What rescue tells of itself in rescue.json: for `lifeboot status`, the banner, and the boot agent that waits for the door. */
import type { RescueState } from '../sys/boot-state.ts';
import type { Sys } from '../sys/sys.ts';
import type { NetworkState } from './network/network-state.ts';

/** What rescue knows, piece by piece. */
interface RescueFacts {
  readonly port: number;
  readonly listening: boolean;
  readonly hostKeyFingerprint: string;
  readonly sessions: number;
  readonly authorizedKeys: number;
  /** Whose certificates let somebody in. */
  readonly authorities: number;
  readonly network: NetworkState;
  readonly configProblems: readonly string[];
  /** Of the host key's files. */
  readonly keyFileProblems: readonly string[];
  readonly keyProblems: readonly string[];
}

export interface RescueStateStore {
  current(): RescueState;
  /** Applies the change at once; the file follows, the newest state last. A full tmpfs is said once and costs nothing else. */
  update(change: Partial<RescueFacts>): void;
}

const nothingYet: RescueFacts = {
  port: 0,
  listening: false,
  hostKeyFingerprint: '',
  sessions: 0,
  authorizedKeys: 0,
  authorities: 0,
  network: { links: [], addresses: [], problems: [], settled: false },
  configProblems: [],
  keyFileProblems: [],
  keyProblems: [],
};

export function openRescueState(sys: Sys, file: string): RescueStateStore {
  const sinceMs = sys.uptimeMs();
  let facts = nothingYet;
  let written = '';
  let writing = false;
  let complained = false;

  async function write(): Promise<void> {
    writing = true;
    for (let text = textOf(); text !== written; text = textOf()) {
      written = text;
      await sys.writeAtomic(file, text).catch((error: Error) => {
        if (!complained) sys.console(`lifeboot: cannot write ${file}: ${error.message}`);
        complained = true;
      });
    }
    writing = false;
  }
  const textOf = () => `${JSON.stringify(toRescueState(facts, sinceMs))}\n`;

  return {
    current: () => toRescueState(facts, sinceMs),
    update(change) {
      facts = { ...facts, ...change };
      if (!writing) void write();
    },
  };
}

/** Pure, but for the number of this process. */
function toRescueState(facts: RescueFacts, sinceMs: number): RescueState {
  const { network, configProblems, keyFileProblems, keyProblems, ...same } = facts;
  return {
    ...same,
    pid: process.pid,
    sinceMs,
    sshCommands: facts.listening ? network.addresses.map((address) => formatSshCommand(address, facts.port)) : [],
    links: network.links,
    settled: network.settled,
    problems: [...configProblems, ...keyFileProblems, ...network.problems, ...keyProblems],
  };
}

/** `ssh -p 2222 root@10.0.2.15`, as one would type it. */
export function formatSshCommand(address: string, port: number): string {
  return port === 22 ? `ssh root@${address}` : `ssh -p ${port} root@${address}`;
}
