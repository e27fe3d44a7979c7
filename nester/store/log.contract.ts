import { describe, expect, it } from 'vitest';
import { type Log, type LogEvent, type LogRecord, LogUnavailableError, type Place, type ReportText } from './log.ts';

/** Where a log keeps what it keeps, under test. */
export interface LogHome {
  /** A log over what earlier ones of this home left. Not opened. */
  create(options?: { queueBytes?: number }): Log;
  /** While set, no write succeeds. */
  setBroken(broken: boolean): void;
  /** What followers threw. */
  bugs: unknown[];
}

export function aReport(node: string, timestampMs: number, extra: object = {}): LogEvent & { type: 'report' } {
  const json = JSON.stringify({ node, timestamp: new Date(timestampMs).toISOString(), ...extra });
  return { type: 'report', node, timestampMs, receivedAtMs: timestampMs + 7, json };
}

/** The events of a replay, their JSON read back, in a form that can be compared with what was appended. */
export async function openAndReplay(log: Log): Promise<{ events: Map<number, LogEvent>; records: LogRecord[] }> {
  const records: LogRecord[] = [];
  await log.open((batch) => {
    records.push(...batch);
  });
  return { events: await eventsOf(log, records), records };
}

export async function eventsOf(log: Log, records: readonly LogRecord[]): Promise<Map<number, LogEvent>> {
  const jsons = await log.read(records.filter(isOfReport).map(({ place }) => place));
  const events = new Map<number, LogEvent>();
  for (const { seq, event } of records) {
    const json = event.type === 'report' || event.type === 'keep' ? Buffer.from(jsons.shift() ?? []).toString() : '';
    events.set(seq, json === '' ? event : ({ ...event, json } as LogEvent));
  }
  return events;
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function isOfReport({ event }: LogRecord): boolean {
  return event.type === 'report' || event.type === 'keep';
}

/** What every log keeps to. `makeHome` makes an empty home. */
export function describeLogContract(name: string, makeHome: () => Promise<LogHome>): void {
  describe(`${name}, as a log`, () => {
    async function openLog(home: LogHome, options?: { queueBytes?: number }) {
      const log = home.create(options);
      const followed: LogRecord[] = [];
      await log.open(() => undefined);
      log.follow(async (records) => {
        followed.push(...records);
        await Promise.resolve();
      });
      return { log, followed };
    }

    it('replays what was appended, with all kinds of events, in order', async () => {
      const home = await makeHome();
      const { log } = await openLog(home);
      const events: LogEvent[] = [
        aReport('lyon-01', 1_000),
        { ...aReport('łódź "n°1" \\ \u{1f600}', 2_000, { text: 'line\u2028break' }), type: 'keep' },
        aReport('before 1970', -5),
        { type: 'forget', node: 'lyon-01\u0001"' },
        { type: 'drop', ranges: [[1, 1], [3, 9]] },
        { type: 'mirrored', through: 4, bytes: 10, crc: 7 },
      ];

      const seqs = await log.append(events);
      await log.close();
      const replayed = await openAndReplay(home.create());

      expect(seqs).toEqual([1, 2, 3, 4, 5, 6]);
      expect([...replayed.events]).toEqual(events.map((event, at) => [seqs[at], event]));
    });

    it('gives a replayed record the same place and CRC as it had when it was followed', async () => {
      const home = await makeHome();
      const { log, followed } = await openLog(home);
      await log.append([aReport('a', 1), { type: 'mirrored', through: 1, bytes: 10, crc: 7 }]);
      await log.append([aReport('b', 2, { text: 'é' })]);
      await log.close();

      const { records } = await openAndReplay(home.create());

      const facts = ({ seq, crc, place }: LogRecord) => ({ seq, crc, place });
      expect(records.map(facts)).toEqual(followed.map(facts));
    });

    it('keeps its epoch when it is opened again', async () => {
      const home = await makeHome();
      const { log } = await openLog(home);
      await log.append([aReport('a', 1)]);
      const { epoch } = log;
      await log.close();

      const again = home.create();
      await again.open(() => undefined);

      expect(again.epoch).toBe(epoch);
      expect(epoch).toMatch(/^[0-9a-f]{16}$/);
    });

    it('goes on counting where it ended, even when everything was removed', async () => {
      const home = await makeHome();
      const { log } = await openLog(home);
      await log.append([aReport('a', 1), aReport('a', 2)]);
      await log.removeThrough(2);
      await log.close();

      const { log: again } = await openLog(home);
      const seqs = await again.append([aReport('a', 3)]);

      expect(seqs).toEqual([3]);
    });

    it('goes on counting where it ended, even when everything was purged', async () => {
      const home = await makeHome();
      const { log } = await openLog(home);
      await log.append([aReport('a', 1), aReport('a', 2)]);
      await log.purge(() => true, () => undefined);
      await log.close();

      const { log: again } = await openLog(home);
      const seqs = await again.append([aReport('a', 3)]);

      expect(seqs).toEqual([3]);
    });

    it('takes events that join as it takes those that are appended, and settles those of a write together', async () => {
      const { log, followed } = await openLog(await makeHome());

      const joined = [log.join(aReport('a', 1)), log.join(aReport('b', 1)), log.join(aReport('c', 1))];
      const appended = log.append([aReport('d', 1)]);
      await joined[0];

      expect(new Set(joined).size).toBe(1);
      expect(followed.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
      expect(await appended).toEqual([4]);
    });

    it('gives the follower the JSON of each report, whoever wrote it, until the follower is done', async () => {
      const { log } = await openLog(await makeHome());
      const text = '{"node":"b","latency":2}';
      const writes: ReportText = { mostBytes: text.length + 5, write: (into, at) => at + into.write(text, at) };
      const events = Array.from({ length: 40 }, (_, at) => aReport('a', at, { text: 'é'.repeat(at) }));
      const told: (string | undefined)[] = [];
      const places: Place[] = [];
      const later: Promise<unknown>[] = [];
      log.follow(async (records) => {
        // What is written meanwhile is written elsewhere.
        for (const event of events.splice(0, 10)) {
          later.push(log.join(event));
          for (let turn = 0; turn < 10; turn++) await endOfTurn();
        }
        told.push(...records.map(({ json }) => json?.toString()));
        places.push(...records.map(({ place }) => place));
      });
      const expected = [text, ...events.map(({ json }) => json)];

      await log.join({ ...aReport('b', 2), json: '' }, writes);
      while (later.length > 0) await later.shift();
      await log.append([{ type: 'forget', node: 'c' }]);

      expect(told).toEqual([...expected, undefined]);
      const [kept] = await log.read(places.slice(0, 1));
      expect(Buffer.from(kept ?? []).toString()).toBe(text);
    });

    it('refuses events that join as it refuses those that are appended', async () => {
      const home = await makeHome();
      const { log, followed } = await openLog(home);

      home.setBroken(true);
      await expect(log.join(aReport('refused', 1))).rejects.toThrow(LogUnavailableError);
      home.setBroken(false);
      await log.join(aReport('a', 1));
      await log.close();
      await expect(log.join(aReport('late', 1))).rejects.toThrow(LogUnavailableError);

      expect(followed.map(({ event }) => event)).toMatchObject([{ node: 'a' }]);
    });

    it('hands every event to the follower once, in order, before its append resolves', async () => {
      const home = await makeHome();
      const { log, followed } = await openLog(home);

      const appends = Array.from({ length: 200 }, async (_, at) => {
        const [seq] = await log.append([aReport(`n${at % 7}`, at)]);
        return followed.some((record) => record.seq === seq);
      });

      expect(await Promise.all(appends)).not.toContain(false);
      expect(followed.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
    });

    it('never calls the follower while it is still busy', async () => {
      const home = await makeHome();
      const log = home.create();
      await log.open(() => undefined);
      let busy = 0;
      let most = 0;
      log.follow(async () => {
        most = Math.max(most, ++busy);
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        busy--;
      });

      for (let round = 0; round < 20; round++) {
        await Promise.all([log.append([aReport('a', round)]), log.append([aReport('b', round)])]);
        void log.append([aReport('c', round)]);
      }
      await log.close();

      expect(most).toBe(1);
    });

    it('keeps an event whose follower throws, and reports what was thrown', async () => {
      const home = await makeHome();
      const log = home.create();
      await log.open(() => undefined);
      const thrown = new Error('of the follower');
      log.follow(() => Promise.reject(thrown));

      const seqs = await log.append([aReport('a', 1)]);
      await log.close();

      expect(seqs).toEqual([1]);
      expect(home.bugs).toEqual([thrown]);
      expect((await openAndReplay(home.create())).events.size).toBe(1);
    });

    it('refuses what cannot be written, keeps nothing of it, and takes events again afterwards', async () => {
      const home = await makeHome();
      const { log, followed } = await openLog(home);
      const [before] = await log.append([aReport('before', 1)]);

      home.setBroken(true);
      await expect(log.append([aReport('refused', 2), aReport('refused', 3)])).rejects.toThrow(LogUnavailableError);
      await expect(log.append([aReport('refused', 4)])).rejects.toMatchObject({ code: 'NESTER_LOG_UNAVAILABLE' });
      home.setBroken(false);
      const [after] = await log.append([aReport('after', 5)]);
      await log.close();

      const { events } = await openAndReplay(home.create());
      expect([...events].map(([seq, event]) => [seq, 'node' in event && event.node])).toEqual([
        [before, 'before'],
        [after, 'after'],
      ]);
      expect(followed.map(({ seq }) => seq)).toEqual([before, after]);
    });

    it('refuses more than it may hold, and takes events again when there is room', async () => {
      const home = await makeHome();
      const { log } = await openLog(home, { queueBytes: 2_000 });

      const settled = await Promise.allSettled(Array.from({ length: 100 }, (_, at) => log.append([aReport('a', at)])));
      const later = await log.append([aReport('later', 1)]);

      const refused = settled.filter(({ status }) => status === 'rejected');
      expect(refused.length).toBeGreaterThan(50);
      expect(refused.length).toBeLessThan(100);
      expect(refused.every((one) => 'reason' in one && one.reason instanceof LogUnavailableError)).toBe(true);
      expect(later).toHaveLength(1);
    });

    it('says whose fault it is when an event could not be read back, and spoils nothing for others', async () => {
      const home = await makeHome();
      const { log } = await openLog(home);

      const broken = log.append([aReport('fine', 1), { ...aReport('a', 2), json: '{"node":"a",\n"x":1}' }]);
      const other = log.append([{ ...aReport('a', 2), json: '{"x":1,"node":"a"}' }]);
      const fine = log.append([aReport('b', 3)]);

      await expect(broken).rejects.toThrow(/^BUG: /);
      await expect(other).rejects.toThrow(/^BUG: /);
      await fine;
      await log.close();
      const { events } = await openAndReplay(home.create());
      expect([...events.values()]).toEqual([aReport('b', 3)]);
    });

    it('resolves an append of nothing, and follows nothing', async () => {
      const home = await makeHome();
      const { log, followed } = await openLog(home);

      expect(await log.append([])).toEqual([]);
      expect(followed).toEqual([]);
    });

    it('reads places in any order, again and again', async () => {
      const home = await makeHome();
      const { log, followed } = await openLog(home);
      const reports = Array.from({ length: 50 }, (_, at) => aReport(`n${at}`, at, { pad: 'x'.repeat(at * 10) }));
      for (const report of reports) await log.append([report]);
      const places = followed.map(({ place }) => place);

      const forwards = await log.read(places);
      const backwards = await log.read(places.toReversed());
      const some = await log.read([40, 3, 3].flatMap((at) => places[at] ?? []));

      const text = (bytes: Uint8Array[]) => bytes.map((one) => Buffer.from(one).toString());
      expect(text(forwards)).toEqual(reports.map(({ json }) => json));
      expect(text(backwards)).toEqual(reports.map(({ json }) => json).toReversed());
      expect(text(some)).toEqual([40, 3, 3].map((at) => reports[at]?.json));
      expect(await log.read([])).toEqual([]);
    });

    it('reads places in one piece, in any order, with the same in front of each', async () => {
      const { log, followed } = await openLog(await makeHome());
      const reports = Array.from({ length: 50 }, (_, at) => aReport(`n${at}`, at, { pad: 'x'.repeat((at % 7) * 40) }));
      for (const report of reports) await log.append([report]);
      const some = [...reports.keys(), 40, 3, 3, 4, 5, 6, 49, 48, 47, 10, 12, 14];
      const before = Buffer.from('0123456789abcde\n');

      const joined = await log.readJoined(some.flatMap((at) => followed[at]?.place ?? []), before);

      expect(joined.toString()).toBe(some.map((at) => before.toString() + (reports[at]?.json ?? '')).join(''));
      expect(await log.readJoined([], before)).toHaveLength(0);
    });

    it('removes nothing that came after the number given', async () => {
      const home = await makeHome();
      const { log } = await openLog(home);
      for (let at = 1; at <= 60; at++) await log.append([aReport('a', at)]);

      await log.removeThrough(30);
      await log.close();
      const { log: again } = await openLog(home);
      const { events } = await openAndReplay(home.create());
      await again.removeThrough(60);
      await again.close();

      expect([...events.keys()].filter((seq) => seq > 30)).toEqual(Array.from({ length: 30 }, (_, at) => at + 31));
      expect((await openAndReplay(home.create())).events.size).toBe(0);
    });

    it('purges what is dead, tells where the rest is, and still reads it', async () => {
      const home = await makeHome();
      const { log, followed } = await openLog(home);
      for (let at = 1; at <= 60; at++) await log.append([aReport(at % 3 === 0 ? 'gone' : 'here', at)]);
      await log.append([{ type: 'forget', node: 'gone' }]);
      const places = new Map<number, Place>();
      for (const { seq, place, event } of followed) if ('node' in event && event.node === 'here') places.set(seq, place);

      await log.purge((seq) => !places.has(seq), (seq, place) => places.set(seq, place));

      const jsons = (await log.read([...places.values()])).map((bytes) => Buffer.from(bytes).toString());
      expect(jsons).toEqual([...places.keys()].map((seq) => aReport('here', seq).json));
      await log.close();
      const { events, records } = await openAndReplay(home.create());
      expect([...events.keys()]).toEqual([...places.keys()]);
      expect(records.map(({ place }) => place)).toEqual([...places.values()]);
    });

    it('keeps a forgetting as long as a report it forgot is kept', async () => {
      const home = await makeHome();
      const { log } = await openLog(home);
      await log.append([aReport('a', 1), aReport('a', 2), { type: 'forget', node: 'a' }, aReport('a', 3)]);

      await log.purge((seq) => seq === 1, () => undefined);
      await log.close();
      const { log: again } = await openLog(home);
      const { events: half } = await openAndReplay(home.create());
      await again.purge((seq) => seq <= 2, () => undefined);
      await again.close();

      expect([...half.values()].map(({ type }) => type)).toEqual(['report', 'forget', 'report']);
      const { events } = await openAndReplay(home.create());
      expect([...events.values()]).toEqual([aReport('a', 3)]);
    });

    it('keeps of what says that data.json was synced only the newest', async () => {
      const home = await makeHome();
      const { log } = await openLog(home);
      await log.append([aReport('a', 1), { type: 'mirrored', through: 1, bytes: 10, crc: 7 }, aReport('a', 2), { type: 'drop', ranges: [[1, 1]] }]);
      await log.append([{ type: 'mirrored', through: 3, bytes: 10, crc: 7 }]);

      await log.purge((seq) => seq === 1, () => undefined);
      await log.close();

      const { events } = await openAndReplay(home.create());
      expect([...events]).toEqual([
        [3, aReport('a', 2)],
        [5, { type: 'mirrored', through: 3, bytes: 10, crc: 7 }],
      ]);
    });

    it('purges nothing that the follower has not seen, however much is written meanwhile', async () => {
      const home = await makeHome();
      const { log } = await openLog(home);
      const known = new Set<number>();
      let isHeldUp = false;
      let isSlow = false;
      log.follow(async (records) => {
        // Slow also afterwards: what was written meanwhile is seen long after it was.
        for (let turn = 0; isHeldUp || (isSlow && turn < 200); turn++) await endOfTurn();
        for (const { seq } of records) known.add(seq);
      });
      await log.append([aReport('a', 1)]);
      isHeldUp = isSlow = true;
      const appended = [log.append([aReport('a', 2)])];
      for (let turn = 0; turn < 20; turn++) await endOfTurn();
      const purged = log.purge((seq) => !known.has(seq), () => undefined);
      // Each a write of its own, enough to fill segments.
      for (let ms = 3; ms < 200; ms++) {
        appended.push(log.append([aReport('a', ms, { pad: 'x'.repeat(90) })]));
        for (let turn = 0; turn < 5; turn++) await endOfTurn();
      }
      isHeldUp = false;
      await purged;
      await Promise.all(appended);
      await log.close();

      const { records } = await openAndReplay(home.create());
      expect(records.map(({ event }) => (event.type === 'report' ? event.timestampMs : event.type))).toEqual(Array.from({ length: 199 }, (_, at) => at + 1));
    });

    it('finishes reads that began before what they read was removed or purged', async () => {
      const home = await makeHome();
      const { log, followed } = await openLog(home);
      const reports = Array.from({ length: 40 }, (_, at) => aReport(`n${at}`, at));
      for (const report of reports) await log.append([report]);
      const places = followed.map(({ place }) => place);

      const reads = [log.read(places), log.read(places.toReversed())];
      const purged = log.purge((seq) => seq % 2 === 0, () => undefined);
      const removed = log.removeThrough(40);
      const [forwards, backwards] = await Promise.all(reads);
      await Promise.all([purged, removed]);

      const text = (bytes: Uint8Array[] | undefined) => bytes?.map((one) => Buffer.from(one).toString());
      expect(text(forwards)).toEqual(reports.map(({ json }) => json));
      expect(text(backwards)).toEqual(reports.map(({ json }) => json).toReversed());
      await expect(log.read(places)).rejects.toMatchObject({ code: 'NESTER_LOG_GONE' });
    });

    it('settles what is under way before it closes, and rejects what comes after', async () => {
      const home = await makeHome();
      const { log } = await openLog(home);
      const appends = Promise.all(Array.from({ length: 20 }, (_, at) => log.append([aReport('a', at)])));

      await log.close();

      expect((await appends).flat()).toHaveLength(20);
      await expect(log.append([aReport('late', 1)])).rejects.toThrow(LogUnavailableError);
    });
  });
}
