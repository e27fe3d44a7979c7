import type { NodeState } from '../../protocol/node-state.ts';
import type { Alarm } from '../state/alarm.ts';
import type { FleetChange } from '../state/fleet.ts';
import type { Chronicle } from './chronicle.ts';
import type { PastRecord } from './record.ts';

export interface RecorderDeps {
  chronicle: Chronicle;
  /** Takes each record that says something new, for the file. */
  keep: (record: PastRecord) => void;
  /** Epoch ms. */
  now: () => number;
  alarm: Alarm;
}

/** A record without its number. */
type Note = PastRecord extends infer Each ? (Each extends PastRecord ? Omit<Each, 'seq'> : never) : never;

/** How often it is noted that Nester is alive: so much time before a crash is unknown at most. */
const ALIVE_MS = 30_000;

/**
 * How long a clock that stands before what was noted is given to catch up. A machine without a
 * battery boots with a clock that is behind, until it has asked for the time: taken at its word
 * it would undo a past that was real. A clock that stays so long where it is was put right.
 */
const BEHIND_MS = 600_000;

/** Notes what the fleet tells, as it tells it. */
export interface Recorder {
  /**
   * Nester watches from now on. `heardMs`: the last sign of life besides what was noted.
   * `states`: the fleet, to be asked now and later.
   */
  begin(startedAtMs: number, heardMs: number | undefined, states: () => NodeState[]): void;
  tell(change: FleetChange): void;
  /** Nester stops watching. */
  close(): void;
}

export function createRecorder({ chronicle, keep, now, alarm }: RecorderDeps): Recorder {
  /** What is to be noted once it is clear what to think of a clock that is behind. */
  let held: { notes: Note[]; untilMs: number; notedMs: number } | undefined;
  let states: () => NodeState[] = () => [];
  let cancel: (() => void) | undefined;
  let cancelSettle: (() => void) | undefined;

  function put(note: Note): void {
    if (held) held.notes.push(note);
    else write(note);
  }

  function write(note: Note): void {
    const record: PastRecord = { ...note, seq: chronicle.seq() + 1 };
    if (chronicle.apply(record)) keep(record);
  }

  /** At once in any case, so that it is also gone from what is held. */
  function forget(node: string): void {
    if (held) held.notes = held.notes.filter((note) => note.type !== 'status' || note.node !== node);
    write({ type: 'forget', node });
  }

  function noteState(atMs: number, { node, status, since: sinceMs, connected }: NodeState): void {
    put({ type: 'status', node, atMs, status, sinceMs, connected });
  }

  function start(atMs: number, aliveMs: number | undefined): void {
    put(aliveMs === undefined ? { type: 'start', atMs } : { type: 'start', atMs, aliveMs: Math.min(aliveMs, atMs) });
    for (const state of states()) noteState(atMs, state);
  }

  /** Looks whether the clock has come to its senses, or has stayed where it is for long enough. */
  function settle(nowMs: number): void {
    if (!held) return;
    const { notes, untilMs, notedMs } = held;
    if (nowMs >= notedMs) {
      // It caught up: what was noted meanwhile has no true time.
      held = undefined;
      start(nowMs, notedMs);
    } else if (nowMs >= untilMs) {
      held = undefined;
      for (const note of notes) write(note);
    }
  }

  function beat(): void {
    const nowMs = now();
    settle(nowMs);
    if (!held) write({ type: 'alive', atMs: nowMs });
    cancel = alarm(ALIVE_MS, beat);
  }

  return {
    begin(startedAtMs, heardMs, of) {
      states = of;
      const notedMs = chronicle.noted();
      const known = new Set(states().map(({ node }) => node));
      for (const node of chronicle.nodes()) if (!known.has(node)) forget(node);
      if (startedAtMs < notedMs) {
        const untilMs = startedAtMs + BEHIND_MS;
        held = { notes: [], untilMs, notedMs };
        // At that very moment: what is shown from then on is noted.
        cancelSettle = alarm(Math.min(notedMs, untilMs) - startedAtMs, () => settle(now()));
      }
      // Without anything noted, nothing is known of the time before, nor whether Nester was there.
      start(startedAtMs, notedMs === -Infinity ? undefined : Math.max(notedMs, heardMs ?? -Infinity));
      cancel = alarm(ALIVE_MS, beat);
    },
    tell({ atMs, nodes, removed, leapMs = 0 }) {
      settle(atMs);
      if (leapMs !== 0) put({ type: 'leap', atMs, leapMs });
      for (const state of nodes) noteState(atMs, state);
      for (const node of removed) forget(node);
    },
    close() {
      cancel?.();
      cancelSettle?.();
      settle(now());
      put({ type: 'stop', atMs: now() });
    },
  };
}
