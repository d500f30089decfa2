/** The explorer's end of the serial line to a machine: JSON objects, one a line. QEMU connects to us. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

type Message = Readonly<Record<string, unknown>>;

export interface TrialLine extends AsyncDisposable {
  /** Lost without an error when QEMU is gone: then no answer comes. */
  send(message: Message): void;
  /** The next message for which this is true; those before it are dropped. Throws after the deadline, and when QEMU ends. */
  next(wanted: (message: Message) => boolean, deadlineMs: number, what: string): Promise<Message>;
}

/** Listens on the path. */
export async function listenForLine(path: string): Promise<TrialLine> {
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  const messages: Message[] = [];
  let line: Socket | undefined;
  let hasEnded = false;
  let wake = (): void => undefined;
  server.on('connection', (socket) => {
    line = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      hasEnded = true;
      wake();
    });
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.on('line', (text) => {
      const message = parseLine(text);
      if (message !== undefined) messages.push(message);
      wake();
    });
  });
  return {
    send: (message) => void line?.write(`${JSON.stringify(message)}\n`),
    async next(wanted, deadlineMs, what) {
      const untilMs = performance.now() + deadlineMs;
      for (;;) {
        for (let message = messages.shift(); message !== undefined; message = messages.shift()) if (wanted(message)) return message;
        if (hasEnded) throw new Error(`waited for ${what} on the serial line, but QEMU has ended`);
        const leftMs = untilMs - performance.now();
        if (leftMs <= 0) throw new Error(`waited for ${what} on the serial line, but it did not come within ${deadlineMs / 1000} s`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(leftMs, 1000));
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    async [Symbol.asyncDispose]() {
      line?.destroy();
      server.close();
    },
  };
}

/** Half a line is left, and stands before the next one, when a machine is restored in the middle of it. */
function parseLine(text: string): Message | undefined {
  const from = text.lastIndexOf('{"op":');
  try {
    return from < 0 ? undefined : (JSON.parse(text.slice(from)) as Message);
  } catch {
    return undefined;
  }
}
