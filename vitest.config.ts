import { defineConfig } from 'vitest/config';

/**
 * Two projects: `unit` (beside the sources, no built program needed) and `system`
 * (`test/`: built programs, a real browser, network namespaces; one file at a time, because
 * they own processes and the machine's network). `system` builds first, if what is built is old.
 */
export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{protocol,nester,harvester,public,deploy}/**/*.test.ts', 'test/support/**/*.test.ts'],
          testTimeout: 30_000,
          allowOnly: false,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/*.test.ts'],
          globalSetup: ['./test/support/build-first.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          allowOnly: false,
        },
      },
    ],
  },
});
