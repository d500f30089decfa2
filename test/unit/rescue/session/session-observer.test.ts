import { expect, test } from 'vitest';
import { shieldObserver } from '../../../../src/rescue/session/session-observer.ts';

const program = { kind: 'exec', asked: 'id' } as const;
const forward = { kind: 'local', target: 'db:5432', origin: '10.0.0.1:4000' } as const;
const fail = (): never => {
  throw new Error('the record is full');
};

test('shieldObserver() passes every notice on', () => {
  const told: unknown[] = [];
  const observer = shieldObserver({
    started: (start) => {
      told.push(start);
      return { diagnostics: (line) => told.push(line), ended: (end) => told.push(end) };
    },
    forwarded: (one) => {
      told.push(one);
      return (traffic) => told.push(traffic);
    },
    listening: (...given) => told.push(given),
    refused: (...given) => told.push(given),
  });
  const end = { code: 0, signal: null, bytesIn: 1, bytesOut: 2 };
  const inner = observer.started?.(program);
  inner?.diagnostics?.('open');
  inner?.ended?.(end);
  observer.forwarded?.(forward)?.({ bytesIn: 3, bytesOut: 4 });
  observer.listening?.('localhost:80', true);
  observer.refused?.('X11 forwarding', 'not offered here');
  expect(told).toEqual([
    program,
    'open',
    end,
    forward,
    { bytesIn: 3, bytesOut: 4 },
    ['localhost:80', true],
    ['X11 forwarding', 'not offered here'],
  ]);
});

test('shieldObserver() lets no failure of the observer out, at any depth', () => {
  const dead = shieldObserver({ started: fail, forwarded: fail, listening: fail, refused: fail });
  dead.started?.(program)?.ended?.({ code: 0, signal: null, bytesIn: 0, bytesOut: 0 });
  dead.forwarded?.(forward)?.({ bytesIn: 0, bytesOut: 0 });
  dead.listening?.('localhost:80', false);
  dead.refused?.('pty', 'x');
  const deaf = shieldObserver({ started: () => ({ output: fail, ended: fail }), forwarded: () => fail });
  deaf.started?.(program)?.output?.(Buffer.from('x'));
  deaf.started?.(program)?.ended?.({ code: 0, signal: null, bytesIn: 0, bytesOut: 0 });
  deaf.forwarded?.(forward)?.({ bytesIn: 0, bytesOut: 0 });
});
