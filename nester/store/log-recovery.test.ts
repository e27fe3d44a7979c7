import { describe, expect, it, vi } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { aReport, openAndReplay } from './log.contract.ts';
import type { LogEvent, LogRepairs } from './log.ts';
import { createSegmentLog } from './segment-log.ts';
import { encodeHeader } from './segment.ts';

// Some start the log once per byte: that takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const FOLDER = 'data/log';
const FIRST = `${FOLDER}/000000001.log`;
const SECOND = `${FOLDER}/000000002.log`;
const THIRD = `${FOLDER}/000000003.log`;
const NOON = Date.UTC(2026, 10, 22, 12);

function createLog(disk: SimulatedDisk, segmentBytes = 700) {
  return createSegmentLog({ files: disk.files, folder: FOLDER, segmentBytes, reserveBytes: 300, now: () => NOON, onBug: () => undefined });
}

async function diskWith(events: LogEvent[], segmentBytes = 700): Promise<SimulatedDisk> {
  const disk = createSimulatedDisk();
  const log = createLog(disk, segmentBytes);
  await log.open(() => undefined);
  for (const event of events) await log.append([event]);
  await log.close();
  return disk;
}

function reports(count: number): (LogEvent & { type: 'report' })[] {
  return Array.from({ length: count }, (_, at) => aReport(`n${at % 3}`, at + 1, { pad: 'é'.repeat(at) }));
}

async function reopen(disk: SimulatedDisk): Promise<{ repairs: LogRepairs; events: Map<number, LogEvent> }> {
  const log = createLog(disk);
  let repairs: LogRepairs | undefined;
  const { events } = await openAndReplay({ ...log, open: async (replay) => (repairs = await log.open(replay)) });
  await log.close();
  return { repairs: repairs ?? { messages: [], damaged: false }, events };
}

/** Where each line of a file ends, behind its line break. */
function lineEnds(bytes: Uint8Array): number[] {
  return [...bytes.entries()].flatMap(([at, byte]) => (byte === 0x0a ? [at + 1] : []));
}

describe('start of the segment log, after the last write was torn', () => {
  const sent = reports(5);
  const rest: [string, (tail: Uint8Array) => Uint8Array][] = [
    ['cut off', () => new Uint8Array(0)],
    ['lost behind a grown size', (tail) => new Uint8Array(tail.length)],
    ['replaced by stray bytes', (tail) => tail.map((byte, at) => (byte ^ (at * 7 + 1)) & 0x7f || 1)],
  ];

  it.each(rest)('keeps every whole line at every byte at which the file can be %s', async (_, replace) => {
    const whole = (await diskWith(sent, 1e6)).bytes(FIRST) ?? new Uint8Array(0);
    const ends = lineEnds(whole);
    for (let torn = 0; torn <= whole.length; torn++) {
      const disk = createSimulatedDisk();
      await disk.files.makeFolder(FOLDER);
      disk.put(FIRST, Buffer.concat([whole.subarray(0, torn), replace(whole.subarray(torn))]));
      const kept = Math.max(0, ends.filter((end) => end <= torn).length - 1);

      const { events } = await reopen(disk);

      expect([...events.values()], `torn at ${torn}`).toEqual(sent.slice(0, kept));
      const log = createLog(disk);
      await log.open(() => undefined);
      await log.append([aReport('later', 1)]);
      await log.close();
      const again = await reopen(disk);
      expect(again.repairs.messages, `torn at ${torn}`).toEqual([]);
      expect([...again.events.values()], `torn at ${torn}`).toEqual([...sent.slice(0, kept), aReport('later', 1)]);
    }
  });

  it('says nothing of a reserve that a killed process left, in the last segment and before, and cuts it off', async () => {
    const disk = await diskWith(reports(18));
    const before = [FIRST, SECOND].map((file) => disk.text(file) ?? '');
    for (const [at, file] of [FIRST, SECOND].entries()) disk.put(file, `${before[at] ?? ''}${'\0'.repeat(70_000)}`);

    const { repairs, events } = await reopen(disk);

    expect(repairs).toEqual({ messages: [], damaged: false });
    expect([...events.values()]).toEqual(reports(18));
    expect([FIRST, SECOND].map((file) => disk.text(file))).toEqual(before);
  });

  it('says where it cut, and that nothing is damaged', async () => {
    const disk = await diskWith(sent, 1e6);
    const whole = disk.bytes(FIRST) ?? new Uint8Array(0);
    disk.put(FIRST, whole.subarray(0, whole.length - 3));

    const { repairs } = await reopen(disk);

    expect(repairs.damaged).toBe(false);
    expect(repairs.messages).toEqual([expect.stringMatching(/^data\/log\/000000001\.log: line 6 was not whole .* cut off \d+ bytes/)]);
  });

  it('removes a segment that was only being begun, and goes on in the one before', async () => {
    const disk = await diskWith(sent, 1e6);
    disk.put(SECOND, 'nester-log 1 0123');

    const { repairs, events } = await reopen(disk);

    expect(repairs).toEqual({ messages: [expect.stringContaining('000000002.log: was being begun')], damaged: false });
    expect(events.size).toBe(5);
    expect(disk.paths()).toEqual([FIRST]);
  });
});

describe('start of the segment log, after damage', () => {
  it('keeps all lines but those a flipped bit hits, at every byte of a segment in the middle', async () => {
    const sent = reports(18);
    const original = await diskWith(sent);
    const whole = original.bytes(SECOND) ?? new Uint8Array(0);
    const headerEnd = lineEnds(whole)[0] ?? 0;
    const random = createSeededRandom(3);
    for (let at = 0; at < whole.length; at++) {
      const disk = original.crash();
      const hit = Uint8Array.from(whole);
      hit[at] = (hit[at] ?? 0) ^ (1 << random.below(8));
      disk.put(SECOND, hit);

      const { repairs, events } = await reopen(disk);

      const lost = [...sent.entries()].filter(([index]) => !events.has(index + 1)).length;
      expect(lost, `byte ${at}`).toBeLessThanOrEqual(at < headerEnd - 1 ? 0 : 2);
      for (const [seq, event] of events) expect(event, `byte ${at}`).toEqual(sent[seq - 1]);
      expect(repairs.damaged, `byte ${at}`).toBe(true);
      expect(repairs.messages[0], `byte ${at}`).toMatch(/000000002\.log: line \d+: expected .*(got|found)/);
      expect(Buffer.from(disk.bytes(`${SECOND}.damaged-2026-11-22T12-00-00.000Z`) ?? [])).toEqual(Buffer.from(hit));
      const again = await reopen(disk);
      expect(again.repairs, `byte ${at}`).toEqual({ messages: [], damaged: false });
      expect(again.events, `byte ${at}`).toEqual(events);
    }
  });

  it('keeps good lines behind bad ones in the last segment, and sets the original aside', async () => {
    const sent = reports(5);
    const disk = await diskWith(sent, 1e6);
    const bytes = disk.bytes(FIRST) ?? new Uint8Array(0);
    const ends = lineEnds(bytes);
    disk.put(FIRST, bytes.fill(0, ends[1], (ends[2] ?? 0) + 4));

    const { repairs, events } = await reopen(disk);

    expect([...events.keys()]).toEqual([1, 4, 5]);
    expect(repairs.damaged).toBe(true);
    expect(disk.paths()).toEqual([FIRST, `${FIRST}.damaged-2026-11-22T12-00-00.000Z`]);
  });

  it('loses nothing when it stops at any call while it repairs', async () => {
    const sent = reports(12);
    const original = await diskWith(sent);
    const bytes = original.bytes(SECOND) ?? new Uint8Array(0);
    bytes[lineEnds(bytes)[0] ?? 0] = 0x78;
    original.put(SECOND, bytes);
    const { events: expected } = await reopen(original.crash());
    let stops = 0;
    for (let last = 1, over = false; !over; last++) {
      for (const end of ['crash', 'powerCut'] as const) {
        const disk = original.crash();
        disk.setFault(({ number }) => (number >= last ? 'stop' : undefined));
        const opened = createLog(disk).open(() => undefined).then(() => true);
        over = await Promise.race([opened, disk.stopped.then(() => false)]);
        stops++;

        const after = end === 'crash' ? disk.crash() : disk.powerCut(createSeededRandom(last));
        const { events } = await reopen(after);

        expect(events, `${end} at call ${last}`).toEqual(expected);
        expect(after.paths().filter((path) => path.includes('damaged')).length, `${end} at call ${last}`).toBeGreaterThan(0);
        expect(after.paths().filter((path) => /tmp$|repaired$/.test(path)), `${end} at call ${last}`).toEqual([]);
      }
    }
    expect(stops).toBeGreaterThan(40);
  });

  it('keeps what lies around a block that the disk cannot read', async () => {
    const sent = Array.from({ length: 40 }, (_, at) => aReport('a', at + 1, { pad: 'x'.repeat(600) }));
    const disk = await diskWith(sent, 1e6);
    disk.setFault(({ kind, path, position = 0, length = 0 }) => {
      // The repaired file lies elsewhere on the disk.
      const isThere = kind === 'read' && path === FIRST && disk.count('rename') < 2;
      return isThere && position < 12_288 && position + length > 8_192 ? { fail: 'EIO' } : undefined;
    });

    const { repairs, events } = await reopen(disk);

    expect(events.size).toBeGreaterThan(30);
    expect(events.size).toBeLessThan(40);
    expect(repairs.damaged).toBe(true);
    expect(repairs.messages[0]).toContain('bytes 8192 to 12288 cannot be read from the disk');
  });

  it('keeps lines whose order is wrong out, and says which', async () => {
    const disk = await diskWith(reports(12));
    disk.put(THIRD, disk.bytes(FIRST) ?? '');

    const { repairs, events } = await reopen(disk);

    expect(events.size).toBeGreaterThan(2);
    expect(repairs.damaged).toBe(true);
    expect(repairs.messages.join('\n')).toMatch(/000000003\.log: line 2: expected a sequence number of at least \d+, got 1/);
  });

  it('sets a segment of another log aside, and takes nothing from it', async () => {
    const disk = await diskWith(reports(12));
    const other = await diskWith([aReport('stranger', 1)]);
    const before = await reopen(disk.crash());
    const stranger = `${FOLDER}/000000099.log`;
    const lines = (other.text(FIRST) ?? '').split('\n').slice(1).join('\n');
    disk.put(stranger, `${encodeHeader({ epoch: 'f'.repeat(16), number: 99, nextSeq: 1 }).toString()}${lines}`);

    const { repairs, events } = await reopen(disk);

    expect(events).toEqual(before.events);
    expect(repairs.damaged).toBe(true);
    expect(disk.paths().some((path) => path.startsWith(`${stranger}.damaged-`))).toBe(true);
  });
});

describe('start of the segment log', () => {
  it('refuses a log of a newer Nester, and touches nothing', async () => {
    const { crc32 } = await import('node:zlib');
    const disk = await diskWith(reports(12));
    const header = 'nester-log 2 anything else';
    disk.put(THIRD, `${header} ${crc32(header).toString(16).padStart(8, '0')}\nwhat comes then\n`);
    disk.put(SECOND, 'damage');
    disk.put(`${FOLDER}/.000000001.log.${'a'.repeat(24)}.tmp`, 'left');
    const before = disk.paths().map((path) => [path, disk.text(path)]);

    await expect(createLog(disk).open(() => undefined)).rejects.toMatchObject({
      code: 'NESTER_LOG_NEWER',
      message: expect.stringContaining('expected format 1, got 2'),
    });

    expect(disk.paths().map((path) => [path, disk.text(path)])).toEqual(before);
  });

  it('refuses a segment that is a symlink', async () => {
    const disk = await diskWith(reports(12));
    disk.putLink(SECOND);

    await expect(createLog(disk).open(() => undefined)).rejects.toMatchObject({ code: 'NESTER_LOG_UNUSABLE' });
  });

  it('writes nothing when all is in order, so that it starts on a full disk, and shows what it has', async () => {
    const disk = await diskWith(reports(12));
    disk.setFault(({ kind }) => (kind === 'write' ? { fail: 'ENOSPC' } : undefined));

    const { repairs, events } = await reopen(disk);

    expect(repairs).toEqual({ messages: [], damaged: false });
    expect(events.size).toBe(12);
  });

  it('leaves files alone that are not its own', async () => {
    const disk = await diskWith(reports(2));
    disk.put(`${FOLDER}/notes.txt`, 'mine');
    disk.put(`${FOLDER}/1.log`, 'mine');

    await reopen(disk);

    expect(disk.text(`${FOLDER}/notes.txt`)).toBe('mine');
    expect(disk.text(`${FOLDER}/1.log`)).toBe('mine');
  });
});
