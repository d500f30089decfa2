/** Asks a TCP port whether somebody is there. */
import { connect, type Socket } from 'node:net';
import type { Probe, Sys } from './sys.ts';

/** What a banner may be long: `SSH-2.0-…` has at most 255 (RFC 4253, 4.2). */
const BANNER_CHARS = 256;

/** Connects, and reads the server's first line when wanted. Every failure is a value; nothing is left open. */
export async function probeTcp({ host, port, wantBanner, timeoutMs }: Parameters<Sys['probeTcp']>[0]): Promise<Probe> {
  const { promise, resolve } = Promise.withResolvers<Probe>();
  let socket: Socket | undefined;
  let connected = false;
  const timer = setTimeout(() => resolve({ ok: false, why: lateness(connected, timeoutMs) }), timeoutMs);
  try {
    socket = connect({ host, port });
    socket.setEncoding('latin1');
    socket.on('error', (error) => resolve({ ok: false, why: error.message }));
    socket.on('connect', () => {
      connected = true;
      if (!wantBanner) resolve({ ok: true, banner: '' });
    });
    if (wantBanner) readBanner(socket, resolve);
    return await promise;
  } catch (error) {
    // A port that is no port.
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    socket?.destroy();
  }
}

function readBanner(socket: Socket, resolve: (probe: Probe) => void): void {
  let banner = '';
  socket.on('data', (text: string) => {
    banner += text;
    if (/[\r\n]/.test(banner) || banner.length >= BANNER_CHARS) resolve({ ok: true, banner: firstLine(banner) });
  });
  socket.on('end', () => resolve(banner === '' ? { ok: false, why: 'closed without a banner' } : { ok: true, banner: firstLine(banner) }));
}

const firstLine = (text: string) => (text.split(/\r|\n/, 1)[0] ?? '').slice(0, BANNER_CHARS);

const lateness = (connected: boolean, timeoutMs: number) =>
  `${connected ? 'connected, but no banner' : 'no connection'} within ${timeoutMs} ms`;
