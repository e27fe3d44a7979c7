import { createMemoryLog, createMemoryLogBacking } from './memory-log.ts';
import { describeLogContract } from './log.contract.ts';

describeLogContract('memory log', () => {
  const backing = createMemoryLogBacking();
  const bugs: unknown[] = [];
  let broken = false;
  return Promise.resolve({
    bugs,
    create: (options) =>
      createMemoryLog({
        ...options,
        backing,
        onBug: (error) => bugs.push(error),
        refusal: () => (broken ? new Error('no room') : undefined),
      }),
    setBroken: (value) => (broken = value),
  });
});
