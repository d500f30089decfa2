/** Each kind of health check against real programs: healthy while they serve, unhealthy once they do not. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attempt } from '../../src/init/health/attempt.ts';
import { parseHealthCheck } from '../../src/init/health/health-check.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { eventually } from './tier-machine.ts';

const sys = createLinuxSys({ consolePath: '/dev/null' });
let directory: string;
let children: ChildProcess[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-kinds-'));
  children = [];
});
afterEach(async () => {
  await Promise.all(children.map(end));
  rmSync(directory, { recursive: true, force: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function start(argv: readonly string[]): ChildProcess {
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: 'ignore' });
  children.push(child);
  return child;
}

async function look(text: string): Promise<string | undefined> {
  const parsed = parseHealthCheck(text);
  if (!('check' in parsed)) throw new Error(parsed.message);
  return attempt({ sys, hasProcesses: async () => false }, parsed.check.probe, 5000);
}

/** It becomes healthy within the deadline. */
async function healthy(text: string): Promise<void> {
  let why: string | undefined = 'not looked at';
  for (const until = performance.now() + 20_000; why !== undefined && performance.now() < until; ) why = await look(text);
  expect(why).toBeUndefined();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

test('http asks busybox httpd: status, body, a page that is not there, and nobody', async () => {
  const port = await freePort();
  mkdirSync(`${directory}/www`);
  writeFileSync(`${directory}/www/health`, 'all is well\n');
  const httpd = start(['busybox', 'httpd', '-f', '-p', `127.0.0.1:${port}`, '-h', `${directory}/www`]);
  await healthy(`http:${port}/health body="is well"`);
  expect(await look(`http:${port}/health body=sick`)).toBe('status 200, but "sick" is not in its 12 bytes');
  expect(await look(`http:${port}/none`)).toBe('status 404, not 2xx,3xx');
  expect(await look(`http://127.0.0.1:${port}/none status=404`)).toBeUndefined();
  await end(httpd);
  expect(await look(`http:${port}/health`)).toContain('ECONNREFUSED');
});

test('http reads the chunks of a real HTTP/1.1 server, and is not led away by a redirect', async () => {
  const port = await freePort();
  const server = `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
  protocol_version = 'HTTP/1.1'
  def do_GET(self):
    if self.path == '/moved':
      self.send_response(302); self.send_header('Location', '/'); self.send_header('Content-Length', '0'); self.end_headers(); return
    self.send_response(200); self.send_header('Transfer-Encoding', 'chunked'); self.end_headers()
    for part in (b'all is', b' well'): self.wfile.write(b'%x\\r\\n%s\\r\\n' % (len(part), part))
    self.wfile.write(b'0\\r\\n\\r\\n')
http.server.HTTPServer(('127.0.0.1', ${port}), Handler).serve_forever()`;
  start(['python3', '-c', server]);
  await healthy(`http:${port}/ body="all is well"`);
  expect(await look(`http:${port}/moved status=200`)).toBe('status 302, not 200');
});

test('udp hears a name server answer, and a port that nobody has', async () => {
  const port = await freePort();
  const question = "send='\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x05probe\\x04test\\x00\\x00\\x01\\x00\\x01'";
  const named = start([
    'dnsmasq',
    '-k',
    '-C',
    '/dev/null',
    '-p',
    String(port),
    '-i',
    'lo',
    '--bind-interfaces',
    '--address=/probe.test/192.0.2.9',
  ]);
  await healthy(`udp:${port} ${question} expect='\\xc0\\x00\\x02\\x09'`);
  expect(await look(`udp:${port}`)).toBeUndefined();
  expect(await look(`udp:${port} ${question} expect='\\xc0\\x00\\x02\\x0a' timeout=1s`)).toContain('no answer within');
  await end(named);
  expect(await look(`udp:${port}`)).toContain('ECONNREFUSED');
});

test('process finds a program by its name until it ends', async () => {
  copyFileSync('/bin/sleep', `${directory}/lb-kinds-sleeper`);
  const child = start([`${directory}/lb-kinds-sleeper`, '600']);
  await healthy('process:lb-kinds-sleeper');
  writeFileSync(`${directory}/x.pid`, `${child.pid}\n`);
  expect(await look(`pidfile:${directory}/x.pid`)).toBeUndefined();
  await end(child);
  await eventually(() => child.signalCode !== null);
  expect(await look('process:lb-kinds-sleeper')).toBe('no process lb-kinds-sleepe');
  expect(await look(`pidfile:${directory}/x.pid`)).toBe(`no process ${child.pid}, which ${directory}/x.pid names`);
});

test('unix knows a socket that is served from one that was left behind', async () => {
  const path = `${directory}/x.sock`;
  const python =
    'import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()\nwhile 1: c,_=s.accept(); c.sendall(c.recv(9)[::-1]); c.close()';
  const server = start(['python3', '-c', python, path]);
  await healthy(`unix:${path} send=abc expect=cba`);
  expect(await look(`unix:${path}`)).toBeUndefined();
  await end(server);
  expect(await look(`unix:${path}`)).toContain('ECONNREFUSED');
});
