import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createStoreRig, DATA_FILE, type StoreRig } from '../../test/support/store-rig.ts';

async function opened(disk = createSimulatedDisk(), options: Parameters<typeof createStoreRig>[1] = {}, clock?: { now: number }): Promise<StoreRig> {
  const rig = createStoreRig(disk, options, clock);
  await rig.store.open();
  return rig;
}

const latencies = async (rig: StoreRig): Promise<unknown[]> => (await rig.all()).map(({ latency }) => latency);

describe('json store', () => {
  it('writes data.json as an array with one report per line, mode and order as documented', async () => {
    const disk = createSimulatedDisk();
    const rig = await opened(disk);

    await rig.send('lyon-01', 3.4);
    await rig.send('lille-02', 5);

    expect(disk.text(DATA_FILE)).toBe(
      '[\n' +
        '{"node":"lyon-01","timestamp":"2026-11-22T08:00:01.000Z","latency":3.4,"receivedAt":1795334401000},\n' +
        '{"node":"lille-02","timestamp":"2026-11-22T08:00:02.000Z","latency":5,"receivedAt":1795334402000}\n' +
        ']\n',
    );
  });

  it('makes no data.json before the first report', async () => {
    const disk = createSimulatedDisk();
    const rig = await opened(disk);
    await rig.store.close();
    expect(disk.paths().filter((path) => path.includes('data.json'))).toEqual([]);
  });

  it('appends to data.json at the cost of the report, not of the file', async () => {
    const disk = createSimulatedDisk();
    const rig = await opened(disk, { reserveBytes: 1_000_000 });
    for (let n = 0; n < 200; n++) await rig.send('a', n);
    const read = disk.count('read');
    const written = disk.count('write');

    await rig.send('a', 200);

    expect(disk.count('read') - read).toBe(1); // the byte before the write: is it still there?
    expect(disk.count('write') - written).toBe(2); // the log, and data.json
  });

  it('finds everything again after a restart, and goes on with the same file', async () => {
    const disk = createSimulatedDisk();
    const first = await opened(disk);
    for (let n = 0; n < 5; n++) await first.send(`n${n % 2}`, n);
    await first.store.close();
    const text = disk.text(DATA_FILE);

    const second = createStoreRig(disk, {}, first.clock);
    const histories = await second.store.open();
    await second.send('n0', 5);

    expect(histories.map(({ node, newest, times }) => [node, newest.latency, times.length])).toEqual([
      ['n0', 4, 3],
      ['n1', 3, 2],
    ]);
    expect(await latencies(second)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(disk.text(DATA_FILE)?.startsWith(text?.slice(0, -3) ?? '-')).toBe(true);
    expect(second.said).toEqual([]);
  });

  it('acknowledges a report that is still on its way to the disk once, and as a duplicate', async () => {
    const rig = await opened();
    const report = { node: 'a', timestamp: '2026-11-22T08:00:00.000Z', latency: 1 };

    const answers = await Promise.all([rig.store.append(report, 1), rig.store.append(report, 2)]);

    expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, true]);
    expect(rig.dataFile()).toHaveLength(1);
  });

  describe('crashes', () => {
    it('mends data.json cut at any byte of the last write, without setting it aside', async () => {
      const disk = createSimulatedDisk();
      const rig = await opened(disk);
      for (let n = 0; n < 3; n++) await rig.send('a', n);
      await rig.store.close();
      const next = await opened(disk, {}, rig.clock);
      const before = disk.bytes(DATA_FILE)?.length ?? 0;
      await next.send('b', 3);
      const whole = disk.bytes(DATA_FILE) ?? new Uint8Array();

      for (let size = before - 3; size <= whole.length; size++) {
        const torn = disk.crash();
        torn.put(DATA_FILE, whole.slice(0, size), 'in place');
        const after = await opened(torn, {}, { now: next.clock.now });

        expect(torn.text(DATA_FILE), `cut at ${size}`).toBe(Buffer.from(whole).toString());
        expect(torn.paths().filter((path) => path.includes('rejected')), `cut at ${size}`).toEqual([]);
        await after.store.close();
      }
    });

    it('keeps what was acknowledged, exactly once, over 120 power cuts under load', async () => {
      for (let seed = 1; seed <= 120; seed++) await powerCut(seed);
    });

    it('keeps what was acknowledged, exactly once, over 120 kills between any two calls', async () => {
      for (let seed = 1; seed <= 120; seed++) await powerCut(seed, 'kill');
    });
  });

  describe('a disk that refuses', () => {
    it('refuses reports while the disk is full, and takes them again by itself', async () => {
      const disk = createSimulatedDisk();
      const rig = await opened(disk);
      await rig.send('a', 1);

      disk.setFault(({ kind }) => (kind === 'write' ? { fail: 'ENOSPC' } : undefined));
      await expect(rig.send('a', 2)).rejects.toMatchObject({ code: 'NESTER_STORE_UNAVAILABLE' });
      const writableWhileFull = rig.store.writable();
      disk.setFault(undefined);
      await rig.send('a', 3);

      expect(writableWhileFull).toBe(false);
      expect(rig.store.writable()).toBe(true);
      expect(await latencies(rig)).toEqual([1, 3]);
      expect(rig.dataFile()).toHaveLength(2);
    });

    it('finds out by itself that the disk takes reports again', async () => {
      const disk = createSimulatedDisk();
      const rig = await opened(disk);
      disk.setFault(({ kind }) => (kind === 'write' ? { fail: 'ENOSPC' } : undefined));
      await expect(rig.send('a', 1)).rejects.toMatchObject({ code: 'NESTER_STORE_UNAVAILABLE' });
      await rig.tick();
      const whileFull = rig.store.writable();

      disk.setFault(undefined);
      await rig.tick();
      await rig.until('it is writable', () => rig.store.writable());

      expect(whileFull).toBe(false);
      expect(rig.store.count()).toBe(0);
    });

    it('acknowledges a report that the log has when data.json cannot be written, and catches up', async () => {
      const disk = createSimulatedDisk();
      const rig = await opened(disk);
      await rig.send('a', 1);

      disk.setFault(({ kind, path }) => (kind === 'write' && path.includes('data.json') ? { fail: 'ENOSPC' } : undefined));
      await rig.send('a', 2);
      await rig.send('a', 3);
      disk.setFault(undefined);
      await rig.until('data.json is current', () => rig.dataFile().length === 3);

      expect(rig.said[0]).toMatch(/^error: data.json cannot be kept current: .*ENOSPC/);
      expect(rig.said.at(-1)).toBe('info: data.json is current again');
    });

    it('survives any single failing call: refused is refused, kept is kept', async () => {
      for (const code of ['ENOSPC', 'EIO']) {
        for (let failing = 1, fired = true; fired; failing++) {
          expect(failing).toBeLessThan(2_000);
          fired = await singleFault(code, failing);
        }
      }
    });
  });
});

/** Writes under load, ends the process or the power at some call, starts again, and compares. */
async function powerCut(seed: number, how: 'power cut' | 'kill' = 'power cut'): Promise<void> {
  const random = createSeededRandom(seed);
  const disk = createSimulatedDisk({ random });
  const rig = createStoreRig(disk, { segmentBytes: 2_000, maxReports: 100_000 });
  const last = 20 + random.below(400);
  disk.setFault(({ number }) => (number === last ? 'stop' : undefined));
  const acknowledged = new Set<string>();
  const forgotten = new Set<string>();
  const forgetting = new Set<string>();

  const load = (async () => {
    await rig.store.open();
    for (let round = 0; ; round++) {
      const sent = Array.from({ length: 1 + random.below(6) }, (_, n) =>
        rig.send(`n${n}`, round * 10 + n).then(({ node, timestamp }) => acknowledged.add(`${node} ${timestamp}`)),
      );
      if (random.chance(0.2)) await rig.tick();
      await Promise.all(sent);
      if (random.chance(0.05)) {
        const node = `n${random.below(6)}`;
        forgetting.add(node);
        await rig.store.forget(node);
        forgotten.add(node);
        for (const key of acknowledged) if (key.startsWith(`${node} `)) acknowledged.delete(key);
        forgetting.delete(node);
      }
    }
  })();
  load.catch(() => undefined);
  await disk.stopped;
  const left = how === 'kill' ? disk.crash() : disk.powerCut(random);

  const after = createStoreRig(left, { segmentBytes: 2_000 }, { now: rig.clock.now });
  await after.store.open();

  const kept = (await after.all()).map(({ node, timestamp }) => `${node} ${timestamp}`);
  expect(new Set(kept).size, `seed ${seed}: twice`).toBe(kept.length);
  for (const key of acknowledged) {
    // A node that was just being forgotten may be gone or not.
    if (forgetting.has(key.split(' ')[0] ?? '')) continue;
    expect(kept, `seed ${seed}: lost`).toContain(key);
  }
  const inFile = (after.dataFileOrEmpty()) as { node: string; timestamp: string }[];
  expect(inFile.map(({ node, timestamp }) => `${node} ${timestamp}`).sort(), `seed ${seed}: data.json`).toEqual(kept.sort());
  await after.store.close();
}

/** One run in which the `failing`th call fails; `false` when the run was over before. */
async function singleFault(code: string, failing: number): Promise<boolean> {
  const disk: SimulatedDisk = createSimulatedDisk();
  const rig = createStoreRig(disk, { segmentBytes: 600 });
  await rig.store.open();
  const start = disk.calls();
  let fired = false;
  disk.setFault(({ number }) => {
    if (number !== start + failing) return undefined;
    fired = true;
    return { fail: code };
  });
  const kept = new Set<number>();
  const refused = new Set<number>();
  for (let n = 0; n < 8; n++) {
    await rig.send('a', n).then(
      () => kept.add(n),
      () => refused.add(n),
    );
    if (n === 4) await rig.tick();
  }
  disk.setFault(undefined);
  await rig.send('b', 100);
  const where = `${code} at call ${failing}`;
  await rig.until(`${where}: data.json is current`, () => rig.dataFile().length === kept.size + 1);

  expect(await latencies(rig), where).toEqual([...kept, 100]);
  await rig.store.close();
  const after = await opened(disk, {}, rig.clock);
  expect((await latencies(after)).filter((latency) => refused.has(Number(latency))), where).toEqual([]);
  expect(await latencies(after), where).toEqual([...kept, 100]);
  expect(disk.paths().filter((path) => path.includes('data.json.')), where).toEqual([]);
  await after.store.close();
  return fired;
}

/** A disk on which others get their turn while a file is closed. */
function withSlowClose({ files }: SimulatedDisk): SimulatedDisk['files'] {
  return {
    ...files,
    async open(...args) {
      const handle = await files.open(...args);
      return {
        ...handle,
        async close() {
          for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
          await handle.close();
        },
      };
    },
  };
}

describe('a store that closes while reports still come', () => {
  it('keeps those it takes, has no quarrel with its own file, and has them in it after the next start', async () => {
    const disk = createSimulatedDisk();
    const rig = await opened(disk, { files: withSlowClose(disk) });
    await rig.send('first');

    let sent = 0;
    let kept = 0;
    let settled = 0;
    let isClosed = false;
    const closed = rig.store.close().then(() => (isClosed = true));
    await rig.until('it is closed', () => {
      sent++;
      rig.send(`late-${sent}`).then(() => kept++, () => undefined).finally(() => settled++);
      return isClosed;
    });
    await closed;
    await rig.until('all is answered', () => settled === sent);

    expect(kept).toBeGreaterThan(0);
    expect(rig.said.filter((line) => line.startsWith('error'))).toEqual([]);
    const after = createStoreRig(disk, {}, rig.clock);
    await after.store.open();
    expect(await after.all()).toHaveLength(kept + 1);
    expect(after.dataFile()).toHaveLength(kept + 1);
    await after.store.close();
  });
});
