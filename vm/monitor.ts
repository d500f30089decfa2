/** QEMU's monitor (QMP, docs/interop/qmp-spec): starts the guest, pulls and plugs cables. QEMU connects to us, so nobody polls. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { withDeadline } from './ssh-client.ts';

export interface Monitor extends AsyncDisposable {
  /** Runs one command; throws what QEMU answers when it refuses, and when it is gone. */
  execute(command: string, options?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Runs one of the commands that only people's monitor has, `savevm NAME`; throws what it says, which is nothing when it worked. */
  command(line: string): Promise<void>;
}

const ANSWER_MS = 30_000;

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** Listens on the path; commands wait until QEMU has come. */
export async function listenForMonitor(path: string): Promise<Monitor> {
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => {});
  const waiting: ((answer: Answer) => void)[] = [];
  const connected = once(server, 'connection').then(async ([socket]: Socket[]) => {
    if (socket === undefined) throw new Error('no connection');
    socket.on('error', () => {});
    socket.on('close', () => gone.reject(new Error('QEMU is gone')));
    const lines = createInterface({ input: socket });
    // It hands on the errors of its input: a QEMU that is killed resets the connection.
    lines.on('error', () => {});
    lines.on('line', (line) => {
      const message = JSON.parse(line) as Answer;
      // What is neither is the greeting or an event.
      if ('return' in message || 'error' in message) waiting.shift()?.(message);
    });
    await ask(socket, 'qmp_capabilities', {});
    return socket;
  });
  connected.catch(() => {});

  async function ask(socket: Socket, command: string, options: Readonly<Record<string, unknown>>): Promise<unknown> {
    const answered = new Promise<Answer>((resolve) => waiting.push(resolve));
    socket.write(`${JSON.stringify({ execute: command, arguments: options })}\n`);
    const answer = await Promise.race([answered, gone.promise]);
    if (answer.error !== undefined) throw new Error(`QEMU refuses ${command}: ${answer.error.desc}`);
    return answer.return;
  }

  const execute = (command: string, options: Readonly<Record<string, unknown>>): Promise<unknown> =>
    withDeadline(
      Promise.race([connected, gone.promise]).then((socket) => ask(socket, command, options)),
      ANSWER_MS,
      `QEMU's answer to ${command}`,
    );

  return {
    execute: async (command, options = {}) => void (await execute(command, options)),
    async command(line) {
      const said = await execute('human-monitor-command', { 'command-line': line });
      if (said !== '') throw new Error(`QEMU refuses ${line}: ${String(said).trim()}`);
    },
    async [Symbol.asyncDispose]() {
      gone.reject(new Error('the monitor is closed'));
      server.close();
    },
  };
}
