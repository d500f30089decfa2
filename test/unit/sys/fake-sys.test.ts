import { describe, expect, test } from 'vitest';
import { FakeSys } from '../../fake/fake-sys.ts';
import { contractRuns, sysContract } from '../../fake/sys-contract.ts';

describe('FakeSys', () => {
  sysContract(async () => {
    const sys = new FakeSys().dir('/tmp/contract');
    for (const { argv, ...run } of contractRuns) sys.answer(argv.join(' '), run);
    sys.reachable('127.0.0.1:22', { ok: true, answer: 'SSH-2.0-x\r\n' }).reachable('127.0.0.1:1', { ok: false, why: 'ECONNREFUSED' });
    return {
      sys,
      directory: '/tmp/contract',
      victim: async () => {
        sys.process({ pid: 77 });
        return 77;
      },
      ports: async () => ({ open: 22, closed: 1 }),
      [Symbol.asyncDispose]: async () => undefined,
    };
  });
});

describe('FakeSys scripting', () => {
  const short = { timeoutMs: 1000 };

  test('unscripted calls throw and are kept', async () => {
    const sys = new FakeSys();
    await expect(sys.run(['mount', '/x'], short)).rejects.toThrow('unscripted run mount /x');
    await expect(sys.launch(['/x'], { env: {}, cwd: '/' })).rejects.toThrow('unscripted launch /x');
    await expect(sys.reach({ to: { transport: 'tcp', host: 'h', port: 1 }, timeoutMs: 1 })).rejects.toThrow('unscripted reach h:1');
    expect(sys.unscripted).toEqual(['run mount /x', 'launch /x', 'reach h:1']);
  });
  test('answers are given in turn, the last one stays', async () => {
    const sys = new FakeSys().answer('fsck', { code: 4 }, { times: 2 }).answer('fsck', { code: 1 }).answer('fsck', { code: 0 });
    const codes: (number | null)[] = [];
    for (let i = 0; i < 5; i += 1) codes.push((await sys.run(['fsck'], short)).code);
    expect(codes).toEqual([4, 4, 1, 0, 0]);
    expect(sys.ran).toEqual(Array(5).fill('fsck'));
  });
  test('times limits the last answer, too', async () => {
    const sys = new FakeSys().answer('x', {}, { times: 1 });
    await sys.run(['x'], short);
    await expect(sys.run(['x'], short)).rejects.toThrow('unscripted');
  });
  test('an effect changes the world when the program ends, and not when it is ended', async () => {
    const sys = new FakeSys()
      .answer('slow', { takesMs: 10_000 }, { times: 1, effect: (world) => world.file('/done', 'early') })
      .answer('slow', { takesMs: 500 }, { effect: (world) => world.file('/done', 'yes') });
    expect((await sys.run(['slow'], short)).timedOut).toBe(true);
    expect(await sys.readText('/done')).toBeUndefined();
    await sys.run(['slow'], short);
    expect(await sys.readText('/done')).toBe('yes');
    expect(sys.uptimeMs()).toBe(1000 + 1000 + 500);
  });
  test('fail() makes the named call fail once with the errno name', async () => {
    const sys = new FakeSys().fail('write /etc/x', 'EROFS');
    await expect(sys.writeAtomic('/etc/x', '')).rejects.toMatchObject({ code: 'EROFS' });
    await sys.writeAtomic('/etc/x', '');
    expect(sys.journal).toEqual(['write /etc/x', 'write /etc/x']);
  });
  test('symbolic links are followed when reading, shown by facts, and loops are ELOOP', async () => {
    const sys = new FakeSys().file('/etc/init.d/a', 'A').link('/etc/rc2.d/S01a', '../init.d/a').link('/loop', 'loop');
    expect(await sys.readText('/etc/rc2.d/S01a')).toBe('A');
    expect(await sys.facts('/etc/rc2.d/S01a')).toMatchObject({ kind: 'symlink', target: '../init.d/a' });
    expect(await sys.listDir('/etc')).toEqual(['init.d', 'rc2.d']);
    await expect(sys.readText('/loop')).rejects.toMatchObject({ code: 'ELOOP' });
  });
  test('a killed group takes its descendants and what they held', async () => {
    const sys = new FakeSys().process({ pid: 5 }).process({ pid: 6, ppid: 5 }).process({ pid: 9 });
    sys.holder('/sysroot', { pid: 6, comm: 'sh', via: 'cwd /sysroot' });
    expect(sys.kill(-5, 'SIGTERM')).toBe(true);
    expect((await sys.processes()).map(({ pid }) => pid)).toEqual([9]);
    expect(await sys.holders('/sysroot')).toEqual([]);
  });
  test('a process can ignore a signal, and its end can change the world', async () => {
    const sys = new FakeSys().process({ pid: 5 }, { ignores: ['SIGTERM'], onExit: (world) => world.file('/run/gone', '') });
    expect(sys.kill(5, 'SIGTERM')).toBe(true);
    expect(await sys.facts('/run/gone')).toBeUndefined();
    expect(sys.kill(5, 'SIGKILL')).toBe(true);
    expect(await sys.facts('/run/gone')).toBeDefined();
    expect(sys.kill(5, 'SIGKILL')).toBe(false);
  });
  test('concurrent sleepers wake in the order of time', async () => {
    const sys = new FakeSys();
    const order: number[] = [];
    await Promise.all([300, 100, 200].map(async (ms) => sys.sleep(ms).then(() => order.push(ms))));
    expect(order).toEqual([100, 200, 300]);
    expect(sys.uptimeMs()).toBe(1300);
  });
  test('with clock.auto off only advance() moves time', async () => {
    const sys = new FakeSys();
    sys.clock.auto = false;
    let woke = 0;
    const sleeping = sys.sleep(100).then(() => sys.sleep(100));
    void sleeping.then(() => {
      woke = sys.uptimeMs();
    });
    await sys.advance(150);
    expect([woke, sys.clock.sleeping]).toEqual([0, 1]);
    await sys.advance(100);
    expect([woke, sys.uptimeMs(), sys.clock.sleeping]).toEqual([1200, 1250, 0]);
  });
});
