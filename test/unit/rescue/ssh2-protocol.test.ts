import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('ssh2 is the version whose inside ssh2-protocol.ts and offer.ts rely on', () => {
  const { version } = JSON.parse(readFileSync('node_modules/ssh2/package.json', 'utf8'));
  expect(version, 'read the INVARIANT in src/rescue/ssh2-protocol.ts and src/rescue/auth/offer.ts again before changing this').toBe(
    '1.17.0',
  );
});
