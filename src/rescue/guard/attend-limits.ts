/** Limits of a client that has logged in: what it does not use is closed, what it does too often goes slowly. */
import type { Connection } from 'ssh2';
import type { ReceiveGate } from './receive-gate.ts';

/** Key exchanges in a row; after these, one each `REKEY_REST_MS`. OpenSSH's client starts one per gigabyte or hour. */
const REKEYS = 20;
const REKEY_REST_MS = 100;

/** Each key exchange costs us a signature while everybody else waits: whoever wants too many waits, too. */
export function slowRekeys(client: Connection, gate: ReceiveGate, nowMs: () => number): void {
  let allowance = REKEYS;
  let lastMs = nowMs();
  client.on('rekey', () => {
    const now = nowMs();
    allowance = Math.min(REKEYS, allowance + (now - lastMs) / REKEY_REST_MS) - 1;
    lastMs = now;
    if (allowance < 0) gate.rest(REKEY_REST_MS);
  });
}

/** Ends the connection once it had no channel for so long; a shell that nobody types in is a channel. 0 is never. */
export function closeUnused(client: Connection, channels: () => number, unusedMs: number, gone: AbortSignal): void {
  if (unusedMs === 0) return;
  const checkMs = Math.min(30_000, unusedMs / 4);
  let unusedForMs = 0;
  const check = setInterval(() => {
    unusedForMs = channels() > 0 ? 0 : unusedForMs + checkMs;
    if (unusedForMs >= unusedMs) client.end();
  }, checkMs);
  gone.addEventListener('abort', () => clearInterval(check), { once: true });
}
