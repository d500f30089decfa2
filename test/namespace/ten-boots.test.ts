import { expect, test } from 'vitest';
import { bootOrder } from '../../vm/boot-order.ts';
import { startMachine } from './machine.ts';

const BOOTS = 10;
const TIERS = 5;
const PER_TIER = 4;

test('lifeboot boot comes up ten times in the same order, however long its scripts take', async () => {
  const names = Array.from({ length: TIERS * PER_TIER }, (_, index) => `script${index}`);
  // As long as chance has it: another one ends last in each boot.
  const scripts = Object.fromEntries(names.map((name) => [name, `sleep 0.$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')`]));
  const links = names.map((name, index) => `${index < 2 * PER_TIER ? 'rcS.d' : 'rc2.d'}/S0${1 + Math.floor(index / PER_TIER)}${name}`);
  const orders: (readonly string[])[] = [];
  for (let boot = 0; boot < BOOTS; boot += 1) {
    await using machine = await startMachine({ scripts, links });
    const text = await machine.expect(/phase verdict: done \(good\)/, 60_000);
    const events = [...text.matchAll(/^lifeboot [\d.]+ (\S+) (\S+): (\S+)/gm)].map(([, subject = '', name = '', what = '']) => ({
      subject,
      name,
      what,
    }));
    orders.push(bootOrder(events));
  }
  expect(orders[0]).toHaveLength(9 + TIERS);
  for (const order of orders) expect(order).toEqual(orders[0]);
  const planned = (tier: number) => names.slice(tier * PER_TIER, (tier + 1) * PER_TIER).toSorted();
  expect(orders[0]?.slice(-6)).toEqual([
    'early-tiers',
    ...[2, 3, 4].map((tier) => `rc2.d/S0${tier + 1}: ${planned(tier).join(' ')}`),
    'tiers',
    'verdict',
  ]);
}, 600_000);
