import { beforeEach, describe, expect, it } from 'vitest';
import { createTroubleLog, type Log } from '../log.ts';
import { createLock } from './lock.ts';
import { createMemoryFiles, errorOf, type MemoryFiles } from './memory-files.ts';
import type { Outbox } from './outbox.ts';
import { createOutbox } from './spooled-outbox.ts';

const SPOOL = '/state/outbox.spool';
let files: MemoryFiles;
let said: string[];
let pid = 0;
let nowMs = 0;

/** A Harvester's outbox, as a new process would make it: all before it are dead. */
function anOutbox({ keep = 1_000, disk = 1_000_000, memory = 1_000_000 } = {}): Outbox {
  // Between two processes some time passes: a lock without content is then nobody's.
  nowMs += 10_000;
  const self = { pid: ++pid, birth: `birth ${pid}`, mode: 'once' as const, silentMs: 1 };
  const say = (message: string): void => void said.push(message);
  const log: Log = { debug: say, info: say, warn: say, error: say };
  return createOutbox({
    folder: '/state',
    files,
    lock: createLock({ files, folder: '/state', self, isRunning: (other) => other === pid, birthOf: (other) => `birth ${other}`, now: () => nowMs }),
    keep,
    limitBytes: { disk, memory },
    troubles: createTroubleLog(log),
  });
}

async function opened(options?: Parameters<typeof anOutbox>[0]): Promise<Outbox> {
  const outbox = anOutbox(options);
  await outbox.open();
  return outbox;
}

/** Keeps a report that could not be delivered. */
async function keep(outbox: Outbox, name: string | number, atMs = 0): Promise<boolean> {
  const { parcel, durable } = await outbox.keep(atMs, () => `{"name":"${name}"}`);
  outbox.putBack([parcel]);
  return durable;
}

/** What waits, oldest first. */
async function waiting(outbox: Outbox): Promise<string[]> {
  const all = await outbox.take(Infinity, Infinity);
  outbox.putBack(all.map(({ parcel }) => parcel));
  return all.map(({ json }) => (JSON.parse(json) as { name: string }).name);
}

async function deliver(outbox: Outbox, count: number): Promise<void> {
  const batch = await outbox.take(count, Infinity);
  outbox.remove(batch.map(({ parcel }) => parcel));
}

beforeEach(() => {
  files = createMemoryFiles(() => nowMs);
  said = [];
});

describe('outbox', () => {
  it('gives back what was kept, in order, to any later process', async () => {
    const first = await opened();
    for (const name of ['a', 'b', 'c']) expect(await keep(first, name)).toBe(true);
    await first.close();

    expect(await waiting(await opened())).toEqual(['a', 'b', 'c']);
  });

  it('has synced a report before it counts as kept', async () => {
    const first = await opened();
    for (const name of ['a', 'b', 'c']) await keep(first, name);
    files.powerCut();

    expect(await waiting(await opened())).toEqual(['a', 'b', 'c']);
  });

  it('forgets what was delivered, also for later processes', async () => {
    const first = await opened();
    for (const name of ['a', 'b', 'c']) await keep(first, name);
    await deliver(first, 2);
    await first.close();

    expect(await waiting(await opened())).toEqual(['c']);
  });

  it('hands out nothing twice, and again what was put back, in its old place', async () => {
    const outbox = await opened();
    for (const name of ['a', 'b', 'c']) await keep(outbox, name);

    const taken = await outbox.take(2, Infinity);
    expect(await waiting(outbox)).toEqual(['c']);
    outbox.putBack(taken.map(({ parcel }) => parcel));

    expect(await waiting(outbox)).toEqual(['a', 'b', 'c']);
  });

  it('takes as many as the bytes allow, and one in any case', async () => {
    const outbox = await opened();
    for (const name of ['a', 'b', 'c']) await keep(outbox, name);
    const { bytes } = (await outbox.take(1, 1))[0]!.parcel;

    expect(await outbox.take(10, 2 * bytes - 1)).toHaveLength(1);
  });

  it('opens from a file torn at any byte of the last write, with all that was kept before', async () => {
    const first = await opened();
    for (const name of ['a', 'b']) await keep(first, name);
    const before = files.content(SPOOL).length;
    await keep(first, 'last');
    const whole = Buffer.from(files.content(SPOOL));

    for (let size = before; size < whole.length; size++) {
      files.write(SPOOL, whole.subarray(0, size));
      const outbox = await opened();
      expect(await waiting(outbox)).toEqual(['a', 'b']);

      await keep(outbox, 'next');
      await outbox.close();
      expect(await waiting(await opened())).toEqual(['a', 'b', 'next']);
    }
  });

  it('opens from a file whose tail a power cut left as zeros', async () => {
    const first = await opened();
    await keep(first, 'a');
    files.write(SPOOL, Buffer.concat([files.content(SPOOL), Buffer.alloc(5_000)]));

    expect(await waiting(await opened())).toEqual(['a']);
    expect(files.content(SPOOL).includes(0)).toBe(false);
  });

  it('skips a line spoiled in the middle, says so, and keeps the rest', async () => {
    const first = await opened();
    for (const name of ['a', 'b', 'c']) await keep(first, name);
    const bytes = Buffer.from(files.content(SPOOL));
    bytes[bytes.indexOf('"b"') + 1] = 0x78;
    files.write(SPOOL, bytes);

    expect(await waiting(await opened())).toEqual(['a', 'c']);
    expect(said.join()).toContain('1 damaged lines');
  });

  it('drops the oldest beyond the bound of reports, and counts them across restarts', async () => {
    const first = await opened({ keep: 3 });
    for (let name = 1; name <= 8; name++) await keep(first, name);
    expect(first.dropped()).toBe(5);
    files.powerCut();

    const second = await opened({ keep: 3 });
    expect(second.dropped()).toBe(5);
    expect(await waiting(second)).toEqual(['6', '7', '8']);
    await keep(second, 9);
    await second.close();
    expect((await opened({ keep: 3 })).dropped()).toBe(6);
  });

  it('drops the oldest beyond the bound of bytes', async () => {
    const outbox = await opened({ disk: 50 });
    for (let name = 1; name <= 8; name++) await keep(outbox, name);

    expect((await waiting(outbox)).length).toBe(4);
    expect(outbox.dropped()).toBe(4);
  });

  it('spares what is on its way, so that nothing delivered is counted as dropped', async () => {
    const outbox = await opened({ keep: 2 });
    for (const name of ['a', 'b']) await keep(outbox, name);
    const onTheWay = await outbox.take(2, Infinity);

    for (const name of ['c', 'd']) await keep(outbox, name);
    outbox.remove(onTheWay.map(({ parcel }) => parcel));

    expect(outbox.dropped()).toBe(1);
    expect(await waiting(outbox)).toEqual(['d']);
  });

  it('tells each report how many wait and how many were dropped', async () => {
    const outbox = await opened({ keep: 2 });
    for (const name of ['a', 'b', 'c']) await keep(outbox, name);

    const { json } = await outbox.keep(0, ({ kept, dropped }) => JSON.stringify({ kept, dropped }));

    expect(JSON.parse(json)).toEqual({ kept: 2, dropped: 1 });
  });

  it('gives strictly increasing times, when the clock stands, is set back or forward, and after restarts', async () => {
    const times: number[] = [];
    const stamp = async (outbox: Outbox, atMs: number): Promise<void> => {
      const { parcel } = await outbox.keep(atMs, () => '{}');
      times.push(parcel.timestampMs);
      outbox.remove([parcel]);
    };
    const first = await opened();
    for (const atMs of [1_000, 1_000, 500, 9_000, 3_000]) await stamp(first, atMs);
    await first.close();
    const second = await opened();
    for (const atMs of [4_000, 20_000]) await stamp(second, atMs);

    expect(times).toEqual([1_000, 1_001, 1_002, 9_000, 9_001, 9_002, 20_000]);
  });

  it('starts anew from the clock after Nester refused a time, also after a restart', async () => {
    const first = await opened();
    const { parcel } = await first.keep(99_000, () => '{}');
    first.remove([parcel]);
    first.timesRefused();
    await first.close();

    const second = await opened();
    const { parcel: next } = await second.keep(5_000, () => '{}');

    expect(next.timestampMs).toBe(5_000);
  });

  it('does not grow on disk while reports come and go', async () => {
    const outbox = await opened();
    await keep(outbox, 'stays');
    for (let round = 0; round < 3_000; round++) {
      const { parcel } = await outbox.keep(0, () => JSON.stringify({ name: 'x'.repeat(100) }));
      outbox.remove([parcel]);
    }
    await outbox.close();

    expect(files.content(SPOOL).length).toBeLessThan(80 * 1024);
    expect(await waiting(await opened())).toEqual(['stays']);
  });

  it('loses nothing to a power cut before, within or after a rewrite', async () => {
    for (let crashAt = 1; ; crashAt++) {
      files = createMemoryFiles(() => nowMs);
      const outbox = await opened();
      const kept: string[] = [];
      let calls = 0;
      // From the first rewrite on.
      const crashed = (): boolean => calls >= crashAt;
      files.onCall = () => {
        if (calls > 0 || files.content(SPOOL).length > 64 * 1024) calls++;
        if (crashed()) throw errorOf('EIO');
      };
      for (let round = 0; round < 90 && !crashed(); round++) {
        const name = `report ${round}`;
        const { parcel, durable } = await outbox.keep(0, () => JSON.stringify({ name, text: 'x'.repeat(1_000) }));
        if (durable && round % 10 === 0) {
          kept.push(name);
          outbox.putBack([parcel]);
        } else {
          outbox.remove([parcel]);
        }
      }
      files.onCall = () => undefined;
      files.powerCut();

      const found = await waiting(await opened());

      expect(found).toEqual(expect.arrayContaining(kept));
      // What was removed and not yet synced may come back: Nester knows it by its time.
      expect(new Set(found).size).toBe(found.length);
      if (!crashed()) break;
      expect(crashAt).toBeLessThan(500);
    }
  });

  it('keeps in memory while the disk is full, says so once, and moves to the disk when there is room', async () => {
    const outbox = await opened();
    await keep(outbox, 'a');
    files.freeBytes = 10;
    for (const name of ['b', 'c', 'd']) expect(await keep(outbox, name)).toBe(false);
    expect(await waiting(outbox)).toEqual(['a', 'b', 'c', 'd']);
    expect(said.filter((message) => message.includes('cannot be written'))).toHaveLength(1);

    files.freeBytes = Infinity;
    expect(await keep(outbox, 'e')).toBe(true);
    files.powerCut();

    expect(said.at(-1)).toContain('can be written again');
    expect(await waiting(await opened())).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('keeps in memory in a folder that cannot be used, and adopts what is there once it can', async () => {
    const before = await opened();
    await keep(before, 'older');
    await before.close();
    files.onCall = () => {
      throw errorOf('EACCES');
    };
    const outbox = await opened();
    expect(await keep(outbox, 'newer')).toBe(false);
    expect(await waiting(outbox)).toEqual(['newer']);

    files.onCall = () => undefined;
    await keep(outbox, 'newest');

    expect(await waiting(outbox)).toEqual(['older', 'newer', 'newest']);
  });

  it('bounds what it keeps in memory, and counts what that drops once it can write', async () => {
    files.onCall = () => {
      throw errorOf('EROFS');
    };
    const outbox = await opened({ memory: 37 });
    for (let name = 1; name <= 10; name++) await keep(outbox, name);
    expect(outbox.dropped()).toBe(7);

    files.onCall = () => undefined;
    await keep(outbox, 11);
    await outbox.close();

    const next = await opened();
    expect(next.dropped()).toBe(7);
    expect(await waiting(next)).toEqual(['8', '9', '10', '11']);
  });

  it('survives the failure of any single call with every durable report', async () => {
    for (let failAt = 1; ; failAt++) {
      files = createMemoryFiles(() => nowMs);
      let calls = 0;
      files.onCall = () => {
        if (++calls === failAt) throw errorOf('EIO');
      };
      const outbox = await opened();
      const durable: string[] = [];
      for (const name of ['a', 'b', 'c', 'd']) if (await keep(outbox, name)) durable.push(name);
      await waiting(outbox);
      const failed = calls >= failAt;
      files.onCall = () => undefined;
      const all = await waiting(outbox);
      files.powerCut();

      expect(all).toEqual(['a', 'b', 'c', 'd']);
      expect(await waiting(await opened())).toEqual(expect.arrayContaining(durable));
      if (!failed) break;
    }
  });

  it('says who uses the folder, and lets it be', async () => {
    const first = await opened();
    await keep(first, 'a');
    const holder = pid;
    const second = anOutbox();
    pid = holder;

    expect(await second.open()).toMatchObject({ heldBy: { pid: holder } });
    expect(await waiting(first)).toEqual(['a']);
  });
});
