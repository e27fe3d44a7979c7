import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createManualClock } from '../state/manual-clock.ts';
import { createLineFile } from './line-file.ts';

const FILE = 'data/lines.log';
const HEADER = '{"file":"lines","version":1}';

/** A file over a memory that knows every line that was appended, and what was found in it at the start. */
async function opened(disk: SimulatedDisk, header = HEADER) {
  const clock = createManualClock();
  const said: string[] = [];
  const known: string[] = [];
  const file = createLineFile({
    files: disk.files,
    file: FILE,
    header,
    everything: () => known,
    now: clock.now,
    later: clock.schedule,
    say: (level, message) => said.push(`${level}: ${message}`),
  });
  await file.open((json) => known.push(json));
  return {
    clock,
    said,
    /** What is known: at first, what was found. */
    known,
    file,
    append(json: string) {
      known.push(json);
      file.append(json);
    },
  };
}

async function aDisk(): Promise<SimulatedDisk> {
  const disk = createSimulatedDisk();
  await disk.files.makeFolder('data');
  return disk;
}

const lines = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `{"line":${from + n}}`);
const sizeOf = async (disk: SimulatedDisk): Promise<number> => (await disk.files.stat(FILE))?.size ?? 0;

describe('line file', () => {
  it('finds at the next start what was appended, in order', async () => {
    const disk = await aDisk();
    const first = await opened(disk);
    for (const line of lines(0, 5)) first.append(line);
    await first.file.flush();
    for (const line of lines(5, 8)) first.append(line);
    await first.file.close();

    const second = await opened(disk);

    expect(second.known).toEqual(lines(0, 8));
    expect(second.said).toEqual([]);
  });

  it('makes no file before there is a line', async () => {
    const disk = await aDisk();
    const { file } = await opened(disk);
    await file.flush();
    expect(disk.paths()).toEqual([]);
  });

  it('writes a second after the first line that waits, all that came meanwhile', async () => {
    const disk = await aDisk();
    const rig = await opened(disk);
    rig.append('{"first":1}');
    rig.clock.advance(999);
    rig.append('{"second":2}');
    expect(disk.paths()).toEqual([]);

    rig.clock.advance(1);
    await rig.file.flush();

    expect((await opened(disk.crash())).known).toEqual(['{"first":1}', '{"second":2}']);
  });

  it('keeps through power cuts, wherever they fall, all that was flushed, and nothing that was not appended', async () => {
    let torn = 0;
    for (let last = 1, over = false; !over; last++) {
      const disk = await aDisk();
      const rig = await opened(disk);
      for (const line of lines(0, 3)) rig.append(line);
      await rig.file.flush();
      let flushed = 3;
      const from = disk.calls();
      disk.setFault(({ number }) => (number >= from + last ? 'stop' : undefined));
      async function goOn(): Promise<boolean> {
        for (const line of lines(3, 6)) rig.append(line);
        await rig.file.flush();
        flushed = 6;
        for (const line of lines(6, 9)) rig.append(line);
        await rig.file.rewrite();
        flushed = 9;
        for (const line of lines(9, 12)) rig.append(line);
        await rig.file.close();
        flushed = 12;
        return true;
      }
      over = await Promise.race([goOn(), disk.stopped.then(() => false)]);

      for (const after of [disk.crash(), disk.powerCut(createSeededRandom(last))]) {
        const next = await opened(after);
        expect(next.known.slice(0, flushed)).toEqual(lines(0, flushed));
        expect(next.known).toEqual(lines(0, 12).filter((line) => next.known.includes(line)));
        expect(next.said).toEqual([]);
        if (next.known.length > flushed) torn++;
        // It goes on from what it found.
        next.append('{"on":1}');
        await next.file.close();
        expect((await opened(after)).known.at(-1)).toBe('{"on":1}');
        expect(after.paths()).toEqual([FILE]);
      }
    }
    expect(torn).toBeGreaterThan(0);
  });

  it('finds what was whole before a torn end, wherever it tore, and goes on after it', async () => {
    const disk = await aDisk();
    const rig = await opened(disk);
    for (const line of lines(0, 3)) rig.append(line);
    await rig.file.close();
    const whole = disk.bytes(FILE) ?? new Uint8Array();
    const lastLine = Buffer.from(whole).lastIndexOf('\n', whole.length - 2) + 1;

    for (let cut = lastLine; cut < whole.length; cut++) {
      disk.put(FILE, whole.subarray(0, cut));
      const next = await opened(disk);
      expect(next.known).toEqual(lines(0, 2));
      next.append('{"after":1}');
      await next.file.close();
      expect((await opened(disk)).known).toEqual([...lines(0, 2), '{"after":1}']);
      expect(next.said).toEqual([]);
    }
  });

  it('takes what is good of a damaged file, says where it is damaged, and keeps it as it was', async () => {
    const disk = await aDisk();
    const rig = await opened(disk);
    for (const line of lines(0, 30_000)) rig.append(line);
    await rig.file.close();
    const bytes = disk.bytes(FILE) ?? new Uint8Array();
    const damaged = bytes.slice();
    damaged[2_000] = (damaged[2_000] ?? 0) ^ 1;
    disk.put(FILE, damaged);

    const next = await opened(disk);
    await next.file.flush();

    expect(next.known).toHaveLength(29_999);
    expect(next.said).toEqual([expect.stringMatching(/^warn: lines\.log was damaged at line \d+; as it was it is kept as lines\.log\.damaged-/)]);
    const aside = disk.paths().find((path) => path !== FILE) ?? '';
    expect(Buffer.compare(disk.bytes(aside) ?? new Uint8Array(), damaged)).toBe(0);
    expect((await opened(disk)).known).toEqual(next.known);
  });

  it('sets aside a file of another version, or what is not a file', async () => {
    const disk = await aDisk();
    const other = await opened(disk, '{"file":"lines","version":2}');
    other.append('{"new":1}');
    await other.file.close();
    const rig = await opened(disk);
    expect(rig.known).toEqual([]);
    expect(rig.said).toEqual([expect.stringContaining('is of another version')]);

    disk.putLink(FILE);
    const linked = await opened(disk);
    linked.append('{"on":1}');
    await linked.file.close();

    expect(linked.said).toEqual([expect.stringContaining('is not a file')]);
    expect((await opened(disk)).known).toEqual(['{"on":1}']);
  });

  it('loses nothing while the disk refuses, says so once, and writes it when the disk takes it again', async () => {
    for (const fault of [{ fail: 'ENOSPC' }, { fail: 'EIO', after: true }] as const) {
      for (const kind of ['write', 'datasync', 'open', 'rename', 'syncFolder'] as const) {
        const disk = await aDisk();
        const rig = await opened(disk);
        rig.append('{"before":1}');
        await rig.file.flush();
        disk.setFault((call) => (call.kind === kind ? fault : undefined));
        for (const line of lines(0, 3)) {
          rig.append(line);
          await rig.file.rewrite();
        }
        expect(rig.said).toEqual([expect.stringMatching(/^error: lines\.log could not be written/)]);

        disk.setFault(undefined);
        rig.append('{"after":1}');
        rig.clock.advance(10_000);
        await rig.file.flush();

        expect(rig.said).toHaveLength(2);
        expect((await opened(disk.powerCut(createSeededRandom(7)))).known).toEqual(['{"before":1}', ...lines(0, 3), '{"after":1}']);
      }
    }
  });

  it('is written once more when it was asked to while it was being written', async () => {
    const disk = await aDisk();
    const rig = await opened(disk);
    for (const line of lines(0, 30_000)) rig.append(line);
    const first = rig.file.rewrite();
    // Some of it was handed over by now.
    await new Promise((resolve) => setImmediate(resolve));
    rig.known.splice(0, 1);
    await rig.file.rewrite();
    await first;

    expect((await opened(disk)).known).toEqual(lines(1, 30_000));
  });

  it('does not grow beyond some times of what is needed', async () => {
    const disk = await aDisk();
    const rig = await opened(disk);
    const text = 'x'.repeat(1_000);
    for (let n = 0; n < 60; n++) {
      for (let line = 0; line < 100; line++) rig.file.append(JSON.stringify({ n, text }));
      rig.known.splice(0, rig.known.length, JSON.stringify({ n, text }));
      await rig.file.flush();
    }

    expect(await sizeOf(disk)).toBeLessThan(1.3 * 1024 * 1024);
    expect((await opened(disk)).known.at(-1)).toBe(JSON.stringify({ n: 59, text }));
  });
});
