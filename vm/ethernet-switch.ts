/**
 * A small VLAN switch in this process, one Unix socket a port, which QEMU's cards plug into: QEMU's own user network drops
 * tagged frames, and a tap with a bridge wants root. It learns addresses as IEEE 802.1Q bridges do; no spanning tree, no LACP.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { makeRunDir } from './disk.ts';
import { deliver, type Frame, readFrame, type SwitchPort, writeFrame } from './vlan.ts';

export interface EthernetSwitch extends AsyncDisposable {
  /** For a card's `cable`, or as the uplink of the user network. */
  socketOf(port: string): { readonly socket: string };
  /** How many frames came in at the port. */
  received(port: string): { readonly tagged: number; readonly untagged: number };
}

interface Port extends SwitchPort {
  readonly socket: string;
  peer?: Socket;
  tagged: number;
  untagged: number;
}

/** Starts it with these ports. A port whose peer is gone takes the next one. */
export async function startSwitch(ports: readonly SwitchPort[]): Promise<EthernetSwitch> {
  const directory = await makeRunDir();
  const stack = new AsyncDisposableStack();
  const all: Port[] = ports.map((port) => ({ ...port, socket: join(directory, port.name), tagged: 0, untagged: 0 }));
  const learnt = new Map<string, string>();
  const named = (name: string): Port => {
    const port = all.find((one) => one.name === name);
    if (port === undefined) throw new Error(`the switch has no port ${name}`);
    return port;
  };

  function takeIn(port: Port, frame: Frame): void {
    if (frame.vlan === undefined) port.untagged += 1;
    else port.tagged += 1;
    for (const { to, frame: out } of deliver(frame, port, all, learnt)) named(to).peer?.write(writeFrame(out));
  }

  for (const port of all) stack.use(await listen(port, (frame) => takeIn(port, frame)));
  return {
    socketOf: (name) => ({ socket: named(name).socket }),
    received: (name) => ({ tagged: named(name).tagged, untagged: named(name).untagged }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function listen(port: Port, onFrame: (frame: Frame) => void): Promise<AsyncDisposable> {
  const server: Server = createServer((socket) => {
    port.peer = socket;
    let rest: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let read = readFrame(rest); read !== undefined; read = readFrame(rest)) {
        rest = rest.subarray(read.bytes);
        onFrame(read.frame);
      }
    });
  });
  server.listen(port.socket);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      port.peer?.destroy();
      server.close();
    },
  };
}
