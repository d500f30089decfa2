import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Door, doorLimits, eventually, openDoor } from './door.ts';
import { recordNotices } from './notices.ts';

const notices = recordNotices();
let door: Door;
const open = new Set<{ kill?: (signal: NodeJS.Signals) => unknown; close?: () => unknown }>();

beforeAll(async () => {
  door = await openDoor({ observe: notices.observe });
});
afterEach(() => {
  for (const one of open) {
    one.kill?.('SIGKILL');
    one.close?.();
  }
  open.clear();
});
afterAll(() => door[Symbol.asyncDispose]());

const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const portOf = (server: Server) => (server.address() as { port: number }).port;

/** A TCP service, its sockets half-open ones. */
async function serve(onSocket: (socket: Socket) => void, at: { port?: number; path?: string } = {}): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen('path' in at ? { path: at.path } : { host: '127.0.0.1', port: at.port ?? 0 });
  await once(server, 'listening');
  open.add(server);
  return server;
}

/** Says the digest of all it was sent, once the sender has ended its half. */
const digester = (socket: Socket) => {
  const hash = createHash('sha256');
  socket.on('data', (chunk) => hash.update(chunk)).on('end', () => socket.end(hash.digest('hex')));
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts ssh(1) with forwardings and no command, and waits until `ready`; its standard error is kept. */
async function hold(args: readonly string[], at: Door = door) {
  const client = at.startSsh(['-N', '-o', 'ExitOnForwardFailure=yes', '-v', ...args]);
  const held = { client, said: '' };
  client.stderr?.on('data', (chunk: Buffer) => {
    held.said += chunk;
  });
  open.add(client);
  const ready = args.includes('-R') ? /remote forward success for/ : /Entering interactive session/;
  await eventually(String(ready), () => ready.test(held.said));
  return held;
}

/** All that comes from a port after `text` was sent and the sending half ended. */
async function ask(port: number, text: Uint8Array | string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.end(text);
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk;
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

describe('local forwarding', () => {
  test('carries megabytes, and the answer that follows the end of the input', async () => {
    const data = randomBytes(5_000_000);
    const server = await serve(digester);
    const ran = await door.ssh(['-W', `127.0.0.1:${portOf(server)}`], { input: data });
    expect(ran.stdout).toBe(digest(data));
    await eventually('the notice', () => notices.lines.includes(`over 127.0.0.1:${portOf(server)} in 5000000 out 64`));
  });

  test('carries on with what the client says after the service has ended its half', async () => {
    let heard = '';
    const server = await serve((socket) => {
      socket.end('first word');
      socket.on('data', (chunk) => {
        heard += chunk;
      });
    });
    const port = await freePort();
    await hold(['-L', `${port}:127.0.0.1:${portOf(server)}`]);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.resume();
    await once(socket, 'end');
    socket.end('last word');
    await eventually('the last word', () => heard === 'last word');
  });

  test('reaches a service that starts after the forwarding', async () => {
    const [port, service] = [await freePort(), await freePort()];
    const held = await hold(['-L', `${port}:127.0.0.1:${service}`]);
    expect(await ask(port, 'too early')).toBe('');
    await eventually('a reason', () => /open failed: connect failed: .*ECONNREFUSED/.test(held.said));
    await serve((socket) => socket.pipe(socket), { port: service });
    expect(await ask(port, 'now')).toBe('now');
  });

  test('lets a service that is read slowly wait, and forgets it when the client goes', async () => {
    let sent = 0;
    let gone = false;
    const server = await serve((socket) => {
      const more = () => {
        while (socket.writable && socket.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      socket.on('drain', more).on('close', () => {
        gone = true;
      });
      more();
    });
    const port = await freePort();
    const held = await hold(['-L', `${port}:127.0.0.1:${portOf(server)}`]);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).pause();
    let before = -1;
    await eventually('a standstill', async () => {
      if (sent === before) return true;
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return false;
    });
    expect(sent).toBeLessThan(50_000_000);
    held.client.kill('SIGKILL');
    await eventually('the end at the service', () => gone);
    socket.destroy();
  });

  test('serves a SOCKS client', async () => {
    const server = await serve((socket) => socket.pipe(socket));
    const port = await freePort();
    await hold(['-D', String(port)]);
    const socket = connect(port, '127.0.0.1');
    open.add({ close: () => socket.destroy() });
    const said = async (bytes: Uint8Array | string) => {
      socket.write(bytes);
      return Buffer.from((await once(socket, 'data'))[0]);
    };
    // RFC 1928: no authentication; CONNECT to a name.
    expect([...(await said(Buffer.from([5, 1, 0])))]).toEqual([5, 0]);
    const name = 'localhost';
    const service = portOf(server);
    const reply = await said(Buffer.from([5, 1, 0, 3, name.length, ...Buffer.from(name), service >> 8, service & 255]));
    expect([...reply.subarray(0, 2)]).toEqual([5, 0]);
    expect(String(await said('hello'))).toBe('hello');
  });

  test('is a jump host', async () => {
    const config = join(door.directory, 'config');
    const key = `IdentityFile ${join(door.directory, 'id')}\nIdentitiesOnly yes\nIdentityAgent none\nBatchMode yes\n`;
    const trust = 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n';
    await writeFile(
      config,
      `Host *\n${key}${trust}Port ${door.sshd.port}\nUser root\nHost inner\nHostName 127.0.0.1\nHost outer\nHostName 127.0.0.1\n`,
    );
    const { execa } = await import('execa');
    const ran = await execa('ssh', ['-F', config, '-J', 'outer', 'inner', 'echo $SSH_CONNECTION'], { reject: false, timeout: 30_000 });
    expect(ran.stdout).toMatch(/^127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+$/);
  });

  test('reaches a unix socket in memory and one on a disk, and says where none is', async () => {
    for (const path of ['/dev/shm/lifeboot-forward.sock', join(door.directory, 'forward.sock')]) {
      await rm(path, { force: true });
      await serve((socket) => socket.pipe(socket), { path });
      const port = await freePort();
      const held = await hold(['-L', `${port}:${path}`]);
      expect(await ask(port, 'through')).toBe('through');
      held.client.kill('SIGKILL');
    }
    const port = await freePort();
    const held = await hold(['-L', `${port}:/nowhere/at/all.sock`]);
    expect(await ask(port, 'x')).toBe('');
    await eventually('a reason', () => /open failed: connect failed: .*no such socket/.test(held.said));
  });

  test('has room for 200 streams and refuses the next, until one ends', async () => {
    const sockets = new Set<Socket>();
    const server = await serve((socket) => {
      sockets.add(socket);
      socket.write('.');
      socket
        .resume()
        .on('end', () => socket.end())
        .on('close', () => sockets.delete(socket));
    });
    const port = await freePort();
    const held = await hold(['-L', `${port}:127.0.0.1:${portOf(server)}`]);
    const clients = Array.from({ length: 200 }, () =>
      connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .resume(),
    );
    await eventually('200 streams', () => sockets.size === 200, 20_000);
    expect(await ask(port, '')).toBe('');
    await eventually('a reason', () => /open failed: resource shortage/.test(held.said));
    const refused = `refused forward to 127.0.0.1:${portOf(server)}: more than 200 forwarded connections`;
    await eventually('the notice', () => notices.lines.includes(refused));
    for (const client of clients) client.destroy();
    await eventually('no stream', () => sockets.size === 0);
    // The door learns of their ends later than the service.
    await eventually('room', async () => (await ask(port, '')) === '.');
  });
});

describe('remote forwarding', () => {
  test('reports the port it chose, listens on loopback alone, and stops when the client is gone', async () => {
    const server = await serve(digester);
    const held = await hold(['-R', `0.0.0.0:0:127.0.0.1:${portOf(server)}`]);
    const [, port] = await eventually('a port', () => /Allocated port (\d+) for remote forward/.exec(held.said) ?? undefined);
    const data = randomBytes(1_000_000);
    expect(await ask(Number(port), data)).toBe(digest(data));
    const { execa } = await import('execa');
    const { stdout } = await execa('ss', ['-Hltn', `sport = :${port}`]);
    expect(
      stdout
        .split('\n')
        .map((line) => line.split(/\s+/)[3]?.replace(`:${port}`, ''))
        .sort(),
    ).toEqual(['127.0.0.1', '[::1]']);
    held.client.kill('SIGKILL');
    await eventually('nobody listening', async () => (await execa('ss', ['-Hltn', `sport = :${port}`])).stdout === '');
    expect(notices.lines).toContain(`closed 0.0.0.0:${port}`);
  });

  test('takes a fixed port, gives it back on request, and says when it is taken', async () => {
    const server = await serve((socket) => socket.pipe(socket));
    const port = await freePort();
    const control = join(door.directory, 'control');
    const spec = `${port}:127.0.0.1:${portOf(server)}`;
    await hold(['-M', '-S', control, '-R', spec]);
    expect(await ask(port, 'back')).toBe('back');
    const second = await door.ssh(['-N', '-o', 'ExitOnForwardFailure=yes', '-R', spec]);
    expect(second.stderr).toContain(`remote port forwarding failed for listen port ${port}`);
    const canceled = await door.ssh(['-S', control, '-O', 'cancel', '-R', spec]);
    expect(canceled.exitCode).toBe(0);
    await eventually('nobody listening', async () => (await ask(port, 'x')) === '');
    // The same client may have it again.
    expect((await door.ssh(['-S', control, '-O', 'forward', '-R', spec])).exitCode).toBe(0);
    expect(await ask(port, 'again')).toBe('again');
  });

  test('counts as use: only a connection without any is closed', async () => {
    await using at = await openDoor({ limits: { ...doorLimits, unusedMs: 1_000 } });
    const server = await serve((socket) => socket.pipe(socket));
    const port = await freePort();
    await hold(['-R', `${port}:127.0.0.1:${portOf(server)}`], at);
    await once(at.startSsh(['-N']), 'close');
    expect(await ask(port, 'still here')).toBe('still here');
  });

  test('listens on a unix socket of one user, never in place of a file, and removes it', async () => {
    const path = '/dev/shm/lifeboot-remote.sock';
    const server = await serve((socket) => socket.pipe(socket));
    const held = await hold(['-R', `${path}:127.0.0.1:${portOf(server)}`]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const socket = connect({ path, allowHalfOpen: true });
    socket.end('through');
    expect(String((await once(socket, 'data'))[0])).toBe('through');
    const second = await door.ssh(['-N', '-o', 'ExitOnForwardFailure=yes', '-R', `${path}:127.0.0.1:1`]);
    expect(second.exitCode).not.toBe(0);
    held.client.kill('SIGKILL');
    await eventually('no socket', () =>
      stat(path).then(
        () => false,
        () => true,
      ),
    );
    const onDisk = await door.ssh(['-N', '-o', 'ExitOnForwardFailure=yes', '-R', '/etc/lifeboot-remote.sock:127.0.0.1:1']);
    expect(onDisk.exitCode).not.toBe(0);
    expect(notices.lines.join('\n')).toMatch(/refused listen on \/etc\/lifeboot-remote.sock: not in memory/);
  });
});

describe('a key with restrictions', () => {
  test('that may not forward gets nothing forwarded, either way, and its shell all the same', async () => {
    await using strict = await openDoor({ keyOptions: 'no-port-forwarding', observe: notices.observe });
    const server = await serve((socket) => socket.pipe(socket));
    const local = await strict.ssh(['-v', '-W', `127.0.0.1:${portOf(server)}`], { input: 'x' });
    expect(local.stderr).toContain('administratively prohibited: not permitted to this key');
    expect(notices.lines).toContain(`refused forward to 127.0.0.1:${portOf(server)}: not permitted to this key`);
    const remote = await strict.ssh(['-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:1', 'echo shell']);
    expect([remote.stdout, remote.exitCode]).toEqual(['', 255]);
    for (const spec of [`${await freePort()}:/run/x.sock`]) {
      const held = await hold(['-L', spec], strict);
      await ask(Number(spec.split(':')[0]), 'x');
      await eventually('a reason', () => /administratively prohibited/.test(held.said));
    }
    expect((await strict.ssh(['echo shell'])).stdout).toBe('shell\n');
  });

  test('that may open and listen in places gets there and nowhere else', async () => {
    const server = await serve((socket) => socket.pipe(socket));
    const listen = await freePort();
    const keyOptions = `permitopen="127.0.0.1:${portOf(server)}",permitlisten="localhost:${listen}"`;
    await using strict = await openDoor({ keyOptions });
    expect((await strict.ssh(['-v', '-W', `127.0.0.1:${portOf(server)}`], { input: 'in' })).stdout).toBe('in');
    // The list names an address, and names are not looked up.
    for (const target of [`localhost:${portOf(server)}`, `127.0.0.1:${strict.sshd.port}`]) {
      expect((await strict.ssh(['-v', '-W', target], { input: 'x' })).stderr).toContain('administratively prohibited');
    }
    await hold(['-R', `${listen}:127.0.0.1:${portOf(server)}`], strict);
    expect(await ask(listen, 'back')).toBe('back');
    for (const spec of ['0:127.0.0.1:1', `${await freePort()}:127.0.0.1:1`, '/dev/shm/lifeboot-strict.sock:127.0.0.1:1']) {
      expect((await strict.ssh(['-N', '-o', 'ExitOnForwardFailure=yes', '-R', spec])).exitCode).toBe(255);
    }
  });
});
