import { defineConfig } from 'vitest/config';

/**
 * Four projects: `unit` (beside the sources, no built program needed), `system` (`test/`: built
 * programs, network namespaces; one file at a time, because they own processes and the
 * machine's network), `browser` (`test/browser*`: the page in a real browser) and `machine`
 * (`test/machine*`: what is installed on machines of its own). The last three build first, if
 * what is built is old.
 */
const fromOutside = {
  globalSetup: ['./test/support/build-first.ts'],
  testTimeout: 300_000,
  hookTimeout: 120_000,
  fileParallelism: false,
  allowOnly: false,
};

export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{protocol,nester,harvester,public,deploy}/**/*.test.ts', 'test/{support,fuzz}/**/*.test.ts'],
          testTimeout: 90_000,
          allowOnly: false,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/*.test.ts'],
          exclude: ['test/{browser,machine}*.test.ts'],
          ...fromOutside,
        },
      },
      { test: { name: 'browser', include: ['test/browser*.test.ts'], ...fromOutside } },
      {
        test: {
          name: 'machine',
          include: ['test/machine*.test.ts'],
          ...fromOutside,
          globalSetup: [...fromOutside.globalSetup, './test/support/debian-folder.ts'],
        },
      },
    ],
  },
});
