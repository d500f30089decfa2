import { defineConfig } from 'vitest/config';

/** Three rings: pure logic, the real kernel in a namespace (and hostile input), real boots in QEMU. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false, testTimeout: 20_000 } },
      {
        test: {
          name: 'namespace',
          include: ['test/{namespace,fuzz}/**/*.test.ts'],
          globalSetup: 'test/namespace/machine-template.ts',
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'vm',
          include: ['vm/scenarios.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: { name: 'chart', include: ['test/chart/**/*.test.ts'], testTimeout: 60_000, sequence: { groupOrder: 4 } },
      },
      {
        test: {
          name: 'vm-long',
          include: ['vm/long-scenarios.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
