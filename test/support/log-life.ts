import type { Log, LogEvent, LogRecord, LogRepairs, Place } from '../../nester/store/log.ts';
import type { SeededRandom } from './seeded-random.ts';

/**
 * The life of a log through several processes: it is written to, forgets, is purged, dies and
 * is opened again; and what was promised to whom is held against what comes back.
 */
export interface LogLife {
  /** Opens a log over what the one before left. Throws what is wrong with the replay. */
  open(log: Log): Promise<LogRepairs>;
  /** Many appends at once, with a node forgotten, a purge and a removal among them. Never rejects. */
  work(log: Log, random: SeededRandom, appends: number): Promise<void>;
  /** Appends one report; rejects when the log does. */
  appendOne(log: Log): Promise<void>;
  /** What was refused may come back from now on: the process that refused it is gone. */
  died(): void;
  /** Reports that were held against a replay, and had to be in it. */
  checked(): number;
}

interface Sent {
  node: string;
  json: string;
  /** 0: nobody was told. */
  seq: number;
  refused: boolean;
  life: number;
}

interface Forgetting {
  node: string;
  /** 0: nobody was told. */
  seq: number;
  life: number;
}

export function createLogLife(): LogLife {
  const sent = new Map<number, Sent>();
  const forgettings: Forgetting[] = [];
  const live = new Map<number, { id: number; node: string; place: Place }>();
  let removedThrough = 0;
  let highestSeq = 0;
  /** The highest that any process before this one gave. */
  let startSeq = 0;
  let nextId = 1;
  let life = 0;
  let checked = 0;

  function applyTo(records: readonly LogRecord[], lives: typeof live): void {
    for (const { seq, event, place } of records) {
      if (event.type === 'report' || event.type === 'keep') lives.set(seq, { id: event.timestampMs, node: event.node, place });
      if (event.type === 'forget') for (const [at, { node }] of lives) if (node === event.node) lives.delete(at);
      if (event.type === 'drop') for (const [first, last] of event.ranges) for (let at = first; at <= last; at++) lives.delete(at);
    }
  }

  function aReport(random: SeededRandom): LogEvent {
    const id = nextId++;
    const node = `n${random.below(4)}`;
    const json = JSON.stringify({ node, id, pad: 'é'.repeat(random.below(random.chance(0.1) ? 800 : 60)) });
    sent.set(id, { node, json, seq: 0, refused: false, life });
    return { type: 'report', node, timestampMs: id, receivedAtMs: id + 1, json };
  }

  async function append(log: Log, events: LogEvent[]): Promise<void> {
    const ids = events.flatMap((event) => (event.type === 'report' ? [event.timestampMs] : []));
    try {
      const seqs = await log.append(events);
      seqs.forEach((seq, at) => {
        const report = sent.get(ids[at] ?? 0);
        if (report) report.seq = seq;
        if (seq <= startSeq) throw new Error(`sequence number ${seq} was given again`);
        highestSeq = Math.max(highestSeq, seq);
        if (!live.has(seq) && !mayBeGone(report)) throw new Error(`append of ${seq} resolved before the follower saw it`);
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      for (const id of ids) {
        const report = sent.get(id);
        if (report) report.refused = true;
      }
      throw error;
    }
  }

  function isForgotten(report: Sent): boolean {
    return forgettings.some(({ node, seq }) => node === report.node && seq > report.seq);
  }

  /** A forgetting under way, or a removal, may have taken it. */
  function mayBeGone(report: Sent | undefined): boolean {
    if (!report) return true;
    const unsure = forgettings.some(({ node, seq, life: when }) => node === report.node && seq === 0 && when >= report.life);
    return unsure || isForgotten(report) || report.seq <= removedThrough;
  }

  async function check(log: Log, records: readonly LogRecord[]): Promise<void> {
    const reports = records.filter(({ event }) => event.type === 'report');
    const jsons = await log.read(reports.map(({ place }) => place));
    const seen = new Map<number, number>();
    let last = 0;
    for (const { seq } of records) {
      if (seq <= last) throw new Error(`sequence number ${seq} came after ${last}`);
      last = seq;
    }
    reports.forEach(({ seq, event }, at) => {
      const id = 'timestampMs' in event ? event.timestampMs : 0;
      const report = sent.get(id);
      const json = Buffer.from(jsons[at] ?? []).toString();
      if (report?.json !== json) throw new Error(`report ${id} came back as ${json}, expected ${report?.json ?? 'none'}`);
      if (seen.has(id)) throw new Error(`report ${id} came back twice`);
      if (report.seq !== 0 && report.seq !== seq) throw new Error(`report ${id} came back as ${seq}, was told ${report.seq}`);
      if (report.refused && report.life === life) throw new Error(`report ${id} was refused and came back`);
      seen.set(id, seq);
    });
    const alive = new Map<number, { id: number; node: string; place: Place }>();
    applyTo(records, alive);
    const ids = new Set([...alive.values()].map(({ id }) => id));
    for (const [id, report] of sent) {
      if (report.seq === 0) continue;
      if (isForgotten(report) && ids.has(id)) throw new Error(`report ${id} was forgotten and came back`);
      if (mayBeGone(report)) continue;
      if (!ids.has(id)) throw new Error(`report ${id} was acknowledged as ${report.seq} and is lost`);
      checked++;
    }
    // What was shown must be there ever after.
    for (const [id, seq] of seen) {
      const report = sent.get(id);
      if (report) report.seq = seq;
    }
    live.clear();
    for (const [seq, one] of alive) live.set(seq, one);
    startSeq = highestSeq = Math.max(highestSeq, last);
  }

  async function work(log: Log, random: SeededRandom, appends: number): Promise<void> {
    const appender = async (): Promise<void> => {
      for (let at = 0; at < appends; at++) {
        const events = Array.from({ length: 1 + random.below(3) }, () => aReport(random));
        await append(log, events).catch(ignoreCoded);
      }
    };
    const keeper = async (): Promise<void> => {
      const forgetting: Forgetting = { node: `n${random.below(4)}`, seq: 0, life };
      await append(log, [{ type: 'mirrored', through: highestSeq, bytes: 0, crc: 0 }]).catch(ignoreCoded);
      forgettings.push(forgetting);
      await log.append([{ type: 'forget', node: forgetting.node }]).then(([seq]) => {
        forgetting.seq = seq ?? 0;
        highestSeq = Math.max(highestSeq, forgetting.seq);
      }, ignoreCoded);
      await log
        .purge((seq) => !live.has(seq), (seq, place) => {
          const one = live.get(seq);
          if (one) one.place = place;
        })
        .catch(ignoreCoded);
      await readAll(log).catch(ignoreCoded);
      const oldest = [...live.keys()][2] ?? 0;
      removedThrough = Math.max(removedThrough, oldest);
      await log.removeThrough(oldest).then(() => {
        for (const seq of live.keys()) if (seq <= oldest) live.delete(seq);
      }, ignoreCoded);
    };
    await Promise.all([appender(), appender(), appender(), keeper()]);
    await readAll(log).catch(ignoreCoded);
  }

  async function readAll(log: Log): Promise<void> {
    const all = [...live.values()].filter(({ id }) => sent.has(id) && !mayBeGone(sent.get(id)));
    const jsons = await log.read(all.map(({ place }) => place));
    all.forEach(({ id }, at) => {
      const json = Buffer.from(jsons[at] ?? []).toString();
      if (json !== sent.get(id)?.json) throw new Error(`report ${id} is read as ${json}`);
    });
  }

  return {
    async open(log) {
      const records: LogRecord[] = [];
      const repairs = await log.open((batch) => {
        records.push(...batch);
      });
      await check(log, records);
      log.follow(async (batch) => {
        await Promise.resolve();
        applyTo(batch, live);
      });
      return repairs;
    },
    work,
    async appendOne(log) {
      const id = nextId++;
      const json = JSON.stringify({ node: 'one', id });
      sent.set(id, { node: 'one', json, seq: 0, refused: false, life });
      await append(log, [{ type: 'report', node: 'one', timestampMs: id, receivedAtMs: id, json }]);
    },
    died() {
      life++;
    },
    checked: () => checked,
  };
}

/** The log may refuse; anything else is wrong. */
function ignoreCoded(error: unknown): void {
  if (!(error instanceof Error && 'code' in error) || error.code === 'NESTER_LOG_GONE') throw error;
}
