import { describe, expect, test } from 'vitest';
import type { ReleaseRequest } from '../../../src/rescue/network/network-handover.ts';
import { persist } from '../../../src/rescue/persist.ts';
import { createRefusalLog } from '../../../src/rescue/refusal-log.ts';
import { answerRescue } from '../../../src/rescue/rescue-control.ts';
import { formatSshCommand, openRescueState } from '../../../src/rescue/rescue-state.ts';
import { SysError } from '../../../src/sys/sys.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const file = '/run/lifeboot/rescue.json';
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('openRescueState()', () => {
  test('writes the newest state last, and nothing twice', async () => {
    const sys = new FakeSys();
    const store = openRescueState(sys, file);
    store.update({ port: 2222 });
    store.update({ listening: true });
    store.update({ network: { links: ['eth0 up'], addresses: ['10.0.2.15', 'fe80::1%eth0'], problems: [], settled: true } });
    await settled();
    store.update({ listening: true });
    await settled();
    expect(JSON.parse((await sys.readText(file)) ?? '')).toMatchObject({
      listening: true,
      sshCommands: ['ssh -p 2222 root@10.0.2.15', 'ssh -p 2222 root@fe80::1%eth0'],
      links: ['eth0 up'],
    });
    expect(sys.journal).toEqual([`write ${file}`, `write ${file}`]);
  });

  test('gives no ssh command before the door is open', () => {
    const store = openRescueState(new FakeSys(), file);
    store.update({ network: { links: [], addresses: ['10.0.2.15'], problems: [], settled: true } });
    expect(store.current().sshCommands).toEqual([]);
  });

  test('survives a full tmpfs, and says so once', async () => {
    const sys = new FakeSys().fail(`write ${file}`, 'ENOSPC', { times: 2 });
    const store = openRescueState(sys, file);
    for (const port of [1, 2, 3]) {
      store.update({ port });
      await settled();
    }
    expect(sys.lines).toEqual([expect.stringContaining('cannot write /run/lifeboot/rescue.json')]);
    expect(JSON.parse((await sys.readText(file)) ?? '')).toMatchObject({ port: 3 });
  });
});

test('formatSshCommand() leaves the usual port out', () => {
  expect(formatSshCommand('h', 22)).toBe('ssh root@h');
});

describe('persist()', () => {
  test('tries until it succeeds, and tells each reason once', async () => {
    const sys = new FakeSys();
    const outcomes = [new SysError('EADDRINUSE', 'port', 'port busy'), new SysError('EADDRINUSE', 'port', 'port busy'), new Error('other')];
    const result = await persist(sys, 'sshd', async () => {
      const error = outcomes.shift();
      if (error !== undefined) throw error;
      return 'open';
    });
    expect(result).toBe('open');
    expect(sys.lines.map((line) => line.replace(/^lifeboot \S+ /, ''))).toEqual([
      'rescue sshd: failed (port busy; trying again)',
      'rescue sshd: failed (other; trying again)',
    ]);
  });

  test('asks for a busy port every 250 ms, and never waits longer than 5 s for the rest', async () => {
    const sys = new FakeSys();
    const startedMs = sys.uptimeMs();
    const at: number[] = [];
    await persist(sys, 'sshd', async () => {
      at.push(sys.uptimeMs() - startedMs);
      if (at.length <= 4) throw new SysError('EADDRINUSE', 'port', 'busy');
    });
    expect(at).toEqual([0, 250, 500, 750, 1000]);
  });
});

describe('createRefusalLog()', () => {
  test('tells of ten a minute and counts the rest', async () => {
    const sys = new FakeSys();
    sys.clock.auto = false;
    const log = createRefusalLog(sys);
    const peer = { address: '10.9.9.9', port: 1, localAddress: '', localPort: 2222 };
    for (let i = 0; i < 25; i += 1) log.add(peer, 'key not authorized');
    await settled();
    expect(sys.events).toHaveLength(10);
    await sys.advance(60_000);
    expect(sys.lines.at(-1)).toContain('session others: refused (15 more within a minute, the last from 10.9.9.9)');
    log.add(peer, 'bad signature');
    await settled();
    expect(sys.lines.at(-1)).toContain('session 10.9.9.9: refused (bad signature)');
  });
});

describe('answerRescue()', () => {
  const calls: unknown[] = [];
  const network = {
    release: async (request?: ReleaseRequest) => {
      calls.push(request);
      return { decisions: [], links: ['eth0 released'] };
    },
    verify: async () => ({ outcome: 'restored' as const, links: [] }),
    state: () => ({ links: [], addresses: [], problems: [], settled: true }),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const said: string[] = [];
  const store = openRescueState(new FakeSys(), file);
  const answer = answerRescue({
    status: store.current,
    network: async () => network,
    wall: async (text) => void said.push(text),
    keepRecordings: async () => 'all recordings are kept',
  });

  test('hands the network over and takes it back', async () => {
    expect(await answer({ op: 'release-network', interfaces: ['eth0'] })).toMatchObject({ ok: 'eth0 released', decisions: [] });
    expect(await answer({ op: 'release-network', script: 'networking' })).toMatchObject({ ok: 'eth0 released' });
    expect(calls).toEqual([{ interfaces: ['eth0'] }, { script: 'networking' }]);
    expect(await answer({ op: 'verify-network' })).toMatchObject({ ok: 'network restored', outcome: 'restored' });
  });

  test('says what it accepts', async () => {
    await expect(answer({ op: 'x' })).rejects.toThrow('unknown op "x"; accepted: status, release-network, verify-network, wall');
    await expect(answer({ op: 'release-network', interfaces: 'eth0' })).rejects.toThrow('accepted: a list of names');
  });

  test('keeps recordings', async () => {
    expect(await answer({ op: 'keep-recordings' })).toEqual({ ok: 'all recordings are kept' });
  });

  test('passes a message on', async () => {
    await answer({ op: 'wall', text: 'down' });
    expect(said).toEqual(['down']);
  });
});
