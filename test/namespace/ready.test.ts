/** Daemons that say themselves when they are ready: by systemd-notify, by Python's sockets, by a descriptor. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readTiers, startDirectories } from '../../src/init/read-tiers.ts';
import { readyFile } from '../../src/init/ready/await-ready.ts';
import { runTiers } from '../../src/init/run-tiers.ts';
import type { TierContext } from '../../src/init/tier-context.ts';
import type { Tiers } from '../../src/init/tier-state.ts';
import { createTierMachine, eventually, type TierMachine, tierContext } from './tier-machine.ts';

let machine: TierMachine;
let kept: { tiers: Tiers };
beforeEach(() => {
  machine = createTierMachine();
  kept = { tiers: [] };
  mkdirSync(`${machine.root}/run`, { recursive: true });
  const source = resolve(import.meta.dirname, '../../src/stage1/notify-listen.c');
  execFileSync('gcc', ['-O1', '-Wall', '-Wextra', '-Werror', source, '-o', machine.paths.notifyListen]);
});
afterEach(async () => {
  const ours = () => machine.processes().map((line) => Number.parseInt(line, 10));
  for (const pid of ours()) if (pid !== process.pid) process.kill(pid, 'SIGKILL');
  await eventually(() => ours().length === 0);
  machine[Symbol.dispose]();
});

/** A script with this way to be ready; `body` is its start. */
function script(name: string, ready: string, body: string): void {
  machine.script(`rc2.d/S01${name}`, `### BEGIN INIT INFO\n# Provides: ${name}\n# X-Ready: ${ready}\n### END INIT INFO\n${body}`);
}
async function start(options: Partial<TierContext> = {}): Promise<void> {
  const { tiers } = await readTiers(machine.sys, startDirectories(2), { root: machine.root });
  await runTiers(tierContext(machine, options, kept), tiers);
}
const row = (name: string) => kept.tiers.flatMap(({ scripts }) => scripts).find((each) => each.name === name);
const took = (name: string): number => (row(name)?.endedMs ?? 0) - (row(name)?.startedMs ?? 0);
/** A daemon in a session of its own, with nothing of the script's open. */
const daemon = (commands: string): string => `setsid sh -c '${commands}' ${machine.root} >/dev/null 2>&1 &`;

describe('X-Ready: notify', () => {
  test('waits for READY=1 of a daemon, though its script ended long ago, and so does the next tier', async () => {
    const python = `import os,socket,time; time.sleep(1.5); s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.connect(os.environ["NOTIFY_SOCKET"]); s.send(b"STATUS=up\\nREADY=1"); time.sleep(60)`;
    script('slow', 'notify', daemon(`exec python3 -c "${python.replaceAll('"', '\\"')}" ${machine.root}`));
    machine.script('rc2.d/S02next', `echo next >>${machine.root}/log`);
    await start();
    expect(row('slow')).toMatchObject({ status: 'started', exitCode: 0 });
    expect(took('slow')).toBeGreaterThan(1400);
    expect(readFileSync(readyFile(machine.paths, 'slow.start'), 'utf8')).toMatch(/^\d+ \d+ STATUS=up\n\d+ \d+ READY=1\n$/);
    expect(machine.log()).toEqual(['next']);
  });

  test('hears systemd-notify', async () => {
    script('told', 'notify', daemon('sleep 0.5; systemd-notify --ready --status=fine; exec sleep 60'));
    await start();
    expect(row('told')?.status).toBe('started');
    expect(took('told')).toBeGreaterThan(400);
  });

  test('ends a daemon that never says so, and names what did not come', async () => {
    script('mute', 'notify', daemon('systemd-notify --status=loading; exec sleep 60'));
    await start({ timeoutMs: 2000 });
    expect(row('mute')).toMatchObject({
      status: 'timed-out',
      detail: 'not done after 2 s; it waited for READY=1 by sd_notify, it last said "loading"',
    });
    await eventually(() => machine.processes(`sleep 60`).every((line) => !line.includes(machine.root)));
  });

  test('gives a daemon the time it asks for', async () => {
    script('asks', 'notify', daemon('systemd-notify EXTEND_TIMEOUT_USEC=20000000; sleep 3; systemd-notify --ready; exec sleep 60'));
    await start({ timeoutMs: 1500 });
    expect(row('asks')?.status).toBe('started');
  });

  test('does not wait for one that has ended', async () => {
    script('dies', 'notify', daemon('sleep 0.3; exit 1'));
    await start({ timeoutMs: 30_000 });
    expect(row('dies')).toMatchObject({ status: 'failed', detail: 'all its processes ended before it was ready' });
  });

  test('does not hear who is none of the script’s processes', async () => {
    script('quiet', 'notify', `${daemon('exec sleep 60')}\necho up >>${machine.root}/log`);
    const running = start({ timeoutMs: 4000 });
    await eventually(() => machine.log().length > 0);
    const python =
      'import socket,sys,time; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.connect(sys.argv[1]); s.send(b"READY=1"); time.sleep(1)';
    execFileSync('python3', ['-c', python, `${machine.paths.notify}/quiet`]);
    await running;
    expect(row('quiet')).toMatchObject({
      status: 'timed-out',
      detail: expect.stringMatching(/process \d+ is none of its own and was not heard/),
    });
  });
});

describe('X-Ready: fd:3', () => {
  test('waits for the newline', async () => {
    script('s6', 'fd:3', daemon('sleep 1; echo >&3; exec 3>&-; exec sleep 60'));
    await start();
    expect(row('s6')?.status).toBe('started');
    expect(took('s6')).toBeGreaterThan(900);
  });

  test('is late without it', async () => {
    script('late', 'fd:4', daemon('printf x >&4; exec sleep 60'));
    await start({ timeoutMs: 1500 });
    expect(row('late')?.detail).toBe('not done after 1.5 s; it waited for a newline on descriptor 4');
  });
});
