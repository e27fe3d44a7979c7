import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createArrayFile } from '../store/disk-array-file.ts';
import { createArchive } from './archive.ts';
import { allEntries } from './day-index.ts';
import { emptyDay } from './day-values.ts';
import { createRecords, type NodeRecord } from './records.ts';

const DAY = 20_000;

/** An archive with two lines for each of so many nodes: a first one, and the one that took its place. */
async function anArchive(count: number) {
  const disk = createSimulatedDisk();
  await disk.files.makeFolder('/data');
  const said: string[] = [];
  const file = createArrayFile({ files: disk.files, path: '/data/history.json', now: () => 0, say: (_level, message) => said.push(message) });
  const records = createRecords();
  const archive = createArchive({ file, records, position: () => ({ epoch: 'log', seq: 1_000_000 }), say: (_level, message) => said.push(message) });
  await archive.load();
  const nodes = Array.from({ length: count }, (_, n) => records.of(`site-${n}`));
  const line = (record: NodeRecord, reports: number) => {
    const values = emptyDay(record.name, DAY, true);
    values.reports[0] = reports;
    return { record, values };
  };
  for (const reports of [1, 2]) await archive.append(nodes.map((record) => line(record, reports)), () => undefined);
  /** Reports that the line of a node counts, as it is read from the file. */
  async function read(record: NodeRecord): Promise<number[]> {
    const counts: number[] = [];
    for await (const { reports } of archive.read(record, allEntries(record.lines))) counts.push(reports[0] ?? 0);
    return counts;
  }
  return { archive, file, nodes, line, read, said };
}

describe('the archive', () => {
  it('reads the lines of every node at every moment while it is written anew', async () => {
    const { archive, file, nodes, read, said } = await anArchive(3_000);
    const sizeBefore = file.size();
    const looked = [nodes[0], nodes[1_500], nodes[2_999]].filter((record) => record !== undefined);
    const state = { isDone: false, looksAtNewFile: 0 };
    const rewritten = archive.rewrite().finally(() => {
      state.isDone = true;
    });

    while (!state.isDone) {
      if (file.size() < sizeBefore) state.looksAtNewFile++;
      for (const record of looked) expect(await read(record)).toEqual([2]);
      await turn();
    }
    await rewritten;

    expect(state.looksAtNewFile).toBeGreaterThan(0);
    expect(file.size()).toBeLessThan(sizeBefore * 0.6);
    for (const record of looked) expect(await read(record)).toEqual([2]);
    expect(said).toEqual([]);
  });

  it('takes lines of nodes that do not know yet where their others are', async () => {
    const { archive, file, nodes, line, read } = await anArchive(3_000);
    const last = nodes.at(-1);
    if (!last) throw new Error('there are 3,000');
    const sizeBefore = file.size();
    const rewritten = archive.rewrite();
    while (file.size() >= sizeBefore) await turn();

    await archive.append([line(last, 3)], () => undefined);
    expect(await read(last)).toEqual([3]);
    await rewritten;

    expect(await read(last)).toEqual([3]);
    // Its line was counted once: there is nothing to spare, so that the file is left alone.
    const size = file.size();
    await archive.tidy();
    expect(file.size()).toBe(size);
  });
});
