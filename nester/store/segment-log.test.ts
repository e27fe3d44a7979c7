import { createSimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { describeLogContract } from './log.contract.ts';
import { createSegmentLog } from './segment-log.ts';

for (const segmentBytes of [600, 16 * 1024 * 1024]) {
  describeLogContract(`segment log with segments of ${segmentBytes} bytes`, () => {
    const disk = createSimulatedDisk({ random: createSeededRandom(segmentBytes) });
    const bugs: unknown[] = [];
    return Promise.resolve({
      bugs,
      create: (options) =>
        createSegmentLog({ ...options, files: disk.files, folder: 'data/log', segmentBytes, now: () => 0, onBug: (error) => bugs.push(error) }),
      setBroken: (broken) =>
        disk.setFault(broken ? ({ kind }) => (kind === 'write' || kind === 'open' ? { fail: 'ENOSPC' } : undefined) : undefined),
    });
  });
}
