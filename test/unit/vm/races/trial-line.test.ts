import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listenForLine } from '../../../../vm/races/trial-line.ts';

test('listenForLine() takes what it waits for, drops the rest, and reads past half a line of a machine that was restored, and ends when QEMU does', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboot-line-'));
  try {
    await using line = await listenForLine(join(directory, 'line'));
    const guest = connect(join(directory, 'line'));
    const heard: string[] = [];
    guest.setEncoding('utf8').on('data', (text: string) => heard.push(text));
    guest.write('noise\n{"op":"outcome","nonce":1}\n{"op":"outcome","nonce":2,"outcome":{"fac{"op":"outcome","nonce":3}\n');
    expect(await line.next(({ nonce }) => nonce === 3, 5000, 'three')).toEqual({ op: 'outcome', nonce: 3 });
    line.send({ op: 'go', nonce: 4 });
    guest.write('{"op":"barrier","after":4}\n');
    expect(await line.next(({ after }) => after === 4, 5000, 'the barrier')).toEqual({ op: 'barrier', after: 4 });
    await expect(line.next(() => true, 50, 'more')).rejects.toThrow(
      'waited for more on the serial line, but it did not come within 0.05 s',
    );
    expect(heard.join('')).toBe('{"op":"go","nonce":4}\n');
    const ended = line.next(() => true, 60_000, 'more');
    guest.destroy();
    await expect(ended).rejects.toThrow('waited for more on the serial line, but QEMU has ended');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
