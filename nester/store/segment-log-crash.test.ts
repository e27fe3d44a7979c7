import { describe, expect, it, vi } from 'vitest';
import { createLogLife, type LogLife } from '../../test/support/log-life.ts';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { createSimulatedDisk, type Fault, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { aReport, openAndReplay } from './log.contract.ts';
import { createSegmentLog } from './segment-log.ts';

// Thousands of lives each: that takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const FOLDER = 'data/log';

function createLog(disk: SimulatedDisk) {
  return createSegmentLog({
    files: disk.files,
    folder: FOLDER,
    segmentBytes: 1_500,
    // So little that it runs out, and is brought anew, many times in each life.
    reserveBytes: 400,
    now: () => 0,
    onBug: (error) => {
      throw error;
    },
  });
}

/** What stands in the first segment, without the reserve behind it. */
function linesOf(disk: SimulatedDisk): string {
  return (disk.text(`${FOLDER}/000000001.log`) ?? '').replace(/\0+$/, '');
}

/** Says which run went wrong, so that it can be had again. */
async function named<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Opens and works until the disk stops, or to the end. */
async function liveOnce(life: LogLife, disk: SimulatedDisk, seed: number, appends: number): Promise<void> {
  const lived = (async () => {
    const log = createLog(disk);
    await life.open(log);
    await life.work(log, createSeededRandom(seed), appends);
    await log.close();
  })();
  await Promise.race([lived, disk.stopped]);
}

async function callsOfOneLife(seed: number, appends: number): Promise<number> {
  const disk = createSimulatedDisk({ random: createSeededRandom(seed) });
  await liveOnce(createLogLife(), disk, seed, appends);
  return disk.calls();
}

describe('segment log, after a power cut', () => {
  it('has everything it acknowledged, once, through 300 chains of three cuts under concurrent appends', async () => {
    const total = await callsOfOneLife(1, 12);
    let checked = 0;
    for (let seed = 1; seed <= 300; seed++) {
      await named(`seed ${seed}`, async () => {
        const random = createSeededRandom(seed);
        const life = createLogLife();
        let disk = createSimulatedDisk({ random });
        for (let cut = 0; cut < 3; cut++) {
          const last = 1 + random.below(total);
          disk.setFault(({ number }) => (number >= last ? 'stop' : undefined));
          await liveOnce(life, disk, seed * 10 + cut, 12);
          life.died();
          disk = random.chance(0.2) ? disk.crash().powerCut(random) : disk.powerCut(random);
        }
        await life.open(createLog(disk));
        checked += life.checked();
      });
    }

    expect(checked).toBeGreaterThan(10_000);
  });

  it('has everything that a start after a kill showed, though the killed process had not synced it', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      await named(`seed ${seed}`, async () => {
        const random = createSeededRandom(seed);
        const life = createLogLife();
        const disk = createSimulatedDisk({ random });
        const syncs = 3 + random.below(10);
        disk.setFault(({ kind, numberOfKind }) => (kind === 'datasync' && numberOfKind === syncs ? 'stop' : undefined));
        await liveOnce(life, disk, seed, 6);
        life.died();

        const killed = disk.crash();
        await life.open(createLog(killed));
        life.died();
        const cut = killed.powerCut(random);

        await life.open(createLog(cut));
      });
    }
  });
});

describe('segment log, stopped between any two calls', () => {
  it.each(['crash', 'powerCut'] as const)('has everything it acknowledged after a %s', async (end) => {
    const seed = 5;
    const total = await callsOfOneLife(seed, 10);
    let checked = 0;
    for (let last = 1; last <= total; last++) {
      await named(`call ${last}`, async () => {
        const random = createSeededRandom(seed);
        const life = createLogLife();
        const disk = createSimulatedDisk({ random });
        disk.setFault(({ number }) => (number >= last ? 'stop' : undefined));
        await liveOnce(life, disk, seed, 10);
        life.died();

        const after = end === 'crash' ? disk.crash() : disk.powerCut(createSeededRandom(last));
        const log = createLog(after);
        await life.open(log);
        await life.appendOne(log);
        await log.close();
        await life.open(createLog(after));
        checked += life.checked();
      });
    }

    expect(total).toBeGreaterThan(100);
    expect(checked).toBeGreaterThan(1_000);
  });
});

describe('segment log, stopped at any call of a purge', () => {
  it('never brings back what was forgotten, nor loses what was not', async () => {
    const original = createSimulatedDisk();
    const log = createLog(original);
    await log.open(() => undefined);
    for (let at = 1; at <= 40; at++) await log.append([aReport(at % 2 === 0 ? 'gone' : 'here', at, { pad: 'x'.repeat(90) })]);
    await log.append([{ type: 'forget', node: 'gone' }]);
    await log.close();
    const here = Array.from({ length: 20 }, (_, at) => at * 2 + 1);
    let purged = 0;
    for (let last = 1, over = false; !over; last++) {
      for (let seed = 0; seed < 8; seed++) {
        const disk = original.crash();
        const again = createLog(disk);
        await again.open(() => undefined);
        const before = disk.calls();
        disk.setFault(({ number }) => (number >= before + last ? 'stop' : undefined));
        const ended = again.purge((seq) => seq % 2 === 0, () => undefined).then(() => true);
        over = await Promise.race([ended, disk.stopped.then(() => false)]);

        const after = seed === 0 ? disk.crash() : disk.powerCut(createSeededRandom(last * 100 + seed));
        const { records } = await openAndReplay(createLog(after));

        const alive = records.filter(({ event }, at) => {
          const isForgotten = records.slice(at).some((later) => later.event.type === 'forget');
          return event.type === 'report' && !(isForgotten && event.node === 'gone');
        });
        expect(alive.map(({ seq }) => seq), `call ${last}, seed ${seed}`).toEqual(here);
        if (records.length === here.length) purged++;
      }
    }
    expect(purged).toBeGreaterThan(5);
  });
});

describe('segment log, with a call that fails', () => {
  const faults: [string, (number: number) => Fault][] = [
    ['without effect', () => ({ fail: 'EIO' })],
    ['for want of room', () => ({ fail: 'ENOSPC' })],
    ['after it took effect', () => ({ fail: 'EIO', after: true })],
    ['by taking only a part', (number) => ({ short: 1 + (number % 60) })],
  ];

  it.each(faults)('keeps what it acknowledged and nothing it refused, whichever call fails %s', async (_, fault) => {
    const once = { fired: true };
    let failing = 1;
    for (; once.fired; failing++) {
      await named(`call ${failing}`, async () => {
        once.fired = false;
        const life = createLogLife();
        const disk = createSimulatedDisk({ random: createSeededRandom(7) });
        disk.setFault(({ number, kind }) => {
          if (number !== failing) return undefined;
          once.fired = true;
          const wrong = fault(number);
          // Nothing else can come short.
          return typeof wrong === 'object' && 'short' in wrong && kind !== 'write' && kind !== 'read' ? undefined : wrong;
        });

        await openAtLast(life, disk, async (log) => {
          await life.work(log, createSeededRandom(7), 10);
          // The one failure may hit this one, and never the next.
          await life.appendOne(log).catch(() => life.appendOne(log));
          await log.close().catch(() => undefined);
        });

        await openAtLast(life, disk, async (log) => {
          await life.appendOne(log).catch(() => life.appendOne(log));
          await log.close().catch(() => undefined);
        });
        disk.setFault(undefined);
        await life.open(createLog(disk));
        life.died();
        await life.open(createLog(disk.powerCut(createSeededRandom(failing))));
      });
    }

    expect(failing).toBeGreaterThan(100);
  });

  it('recovers by itself from many failures at once, loses nothing and brings back nothing it refused', async () => {
    let refusedSome = 0;
    for (let seed = 1; seed <= 150; seed++) {
      await named(`seed ${seed}`, async () => {
        const random = createSeededRandom(seed);
        const life = createLogLife();
        const disk = createSimulatedDisk({ random });
        const log = createLog(disk);
        await life.open(log);
        const rate = random.fraction() * 0.3;
        let fired = 0;
        disk.setFault(({ kind }) => {
          if (!random.chance(rate)) return undefined;
          fired++;
          if (kind === 'write' && random.chance(0.3)) return { short: 1 + random.below(40) };
          return { fail: random.chance(0.5) ? 'EIO' : 'ENOSPC', after: random.chance(0.3) };
        });

        await life.work(log, random, 15);
        disk.setFault(undefined);
        await life.appendOne(log);
        await log.close();

        await life.open(createLog(disk));
        life.died();
        await life.open(createLog(disk.powerCut(random)));
        if (fired > 0) refusedSome++;
      });
    }

    expect(refusedSome).toBeGreaterThan(100);
  });

  it('rejects as long as what a failed write left cannot be cut off, and writes no byte meanwhile', async () => {
    const life = createLogLife();
    const disk = createSimulatedDisk();
    const log = createLog(disk);
    await life.open(log);
    await life.appendOne(log);
    const before = linesOf(disk);

    disk.setFault(({ kind }) => (kind === 'write' ? { fail: 'EIO', after: true } : kind === 'truncate' ? { fail: 'EIO' } : undefined));
    await expect(life.appendOne(log)).rejects.toMatchObject({ code: 'NESTER_LOG_UNAVAILABLE' });
    const writes = disk.count('write');
    await expect(life.appendOne(log)).rejects.toMatchObject({ code: 'NESTER_LOG_UNAVAILABLE' });
    await expect(life.appendOne(log)).rejects.toMatchObject({ code: 'NESTER_LOG_UNAVAILABLE' });

    expect(disk.count('write')).toBe(writes);
    disk.setFault(undefined);
    await life.appendOne(log);
    await log.close();
    await life.open(createLog(disk));
    expect(linesOf(disk).slice(0, before.length)).toBe(before);
  });

  it('brings nothing back that it refused, though it was killed right afterwards', async () => {
    const life = createLogLife();
    const disk = createSimulatedDisk();
    const log = createLog(disk);
    await life.open(log);
    await life.appendOne(log);
    disk.setFault(({ kind }) => (kind === 'datasync' ? { fail: 'EIO' } : undefined));

    await expect(life.appendOne(log)).rejects.toMatchObject({ code: 'NESTER_LOG_UNAVAILABLE' });

    await life.open(createLog(disk.crash()));
  });

  it('never writes to a segment again whose sync failed', async () => {
    const life = createLogLife();
    const disk = createSimulatedDisk();
    const log = createLog(disk);
    await life.open(log);
    await life.appendOne(log);
    const first = linesOf(disk);

    let armed = true;
    disk.setFault(({ kind }) => {
      if (kind !== 'datasync' || !armed) return undefined;
      armed = false;
      return { fail: 'EIO' };
    });
    await expect(life.appendOne(log)).rejects.toMatchObject({ code: 'NESTER_LOG_UNAVAILABLE' });
    await life.appendOne(log);
    await log.close();

    expect(linesOf(disk)).toBe(first);
    expect(disk.paths()).toEqual([`${FOLDER}/000000001.log`, `${FOLDER}/000000002.log`]);
    life.died();
    await life.open(createLog(disk.powerCut(createSeededRandom(1))));
  });

  it('makes many appends durable with one sync', async () => {
    const life = createLogLife();
    const disk = createSimulatedDisk();
    const log = createLog(disk);
    await life.open(log);
    await life.appendOne(log);
    const syncs = disk.count('datasync');

    await Promise.all(Array.from({ length: 10 }, () => life.appendOne(log)));

    expect(disk.count('datasync') - syncs).toBe(1);
  });
});

/** The fault may hit the opening: then a second one, as after a restart, has to succeed. */
async function openAtLast(life: LogLife, disk: SimulatedDisk, use: (log: ReturnType<typeof createLog>) => Promise<void>): Promise<void> {
  const log = createLog(disk);
  try {
    await life.open(log);
  } catch (error) {
    // Of the opening, or of reading afterwards what was replayed.
    expect(error).toHaveProperty('code', expect.stringMatching(/^(NESTER_LOG_UNUSABLE|EIO|ENOSPC)$/));
    const again = createLog(disk);
    await life.open(again);
    await use(again);
    return;
  }
  await use(log);
}
