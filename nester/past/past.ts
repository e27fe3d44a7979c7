import path from 'node:path';
import type { NodeState } from '../../protocol/node-state.ts';
import type { Alarm } from '../state/alarm.ts';
import type { FleetChange } from '../state/fleet.ts';
import type { FilePort } from '../store/file-port.ts';
import type { ReportStore } from '../store/report-store.ts';
import { type AvailabilitySlots, availabilitySlots, type StatusChange, statusChanges } from './availability.ts';
import { createChronicle } from './chronicle.ts';
import { createLineFile } from './line-file.ts';
import { createRecorder } from './recorder.ts';
import type { PastRecord } from './record.ts';
import { PAST_HEADER, readRecord, recordText } from './record-text.ts';
import { createRewind, type Rewind } from './rewind.ts';

export interface PastDeps {
  files: FilePort;
  /** The data folder; it is there when `open` is called. */
  folder: string;
  store: Pick<ReportStore, 'asOf'>;
  /** Epoch ms. */
  now: () => number;
  alarm: Alarm;
  say: (level: 'warn' | 'error', message: string) => void;
}

/** Name of the file in the data folder. */
export const STATUS_FILE = 'status.log';

/**
 * What was: the statuses of the nodes over time, kept in a file of its own, and the fleet as it
 * was shown at any moment.
 *
 * Kept behind: nothing waits for the disk. A clean stop loses nothing, a crash the last second.
 */
export interface Past extends Rewind {
  /** Reads what was kept. Never rejects: without its file the past begins now. */
  open(): Promise<void>;
  /** Nester watches from now on: how it finds the fleet, and when it last heard anything before (epoch ms). */
  begin(startedAtMs: number, heardMs: number | undefined, states: () => NodeState[]): void;
  tell(change: FleetChange): void;
  /** Time in each status within [from, to), by slots. */
  availability(node: string, fromMs: number, toMs: number, points: number): AvailabilitySlots;
  /** At most `limit` statuses that touch [from, to], the newest. */
  changes(node: string, fromMs: number, toMs: number, limit: number): { events: StatusChange[]; cut: boolean };
  /** Resolves when what was forgotten is gone from the disk, too. */
  purge(): Promise<void>;
  close(): Promise<void>;
}

export function createPast({ files, folder, store, now, alarm, say }: PastDeps): Past {
  const chronicle = createChronicle();
  const file = createLineFile({
    files,
    file: path.join(folder, STATUS_FILE),
    header: PAST_HEADER,
    everything: function* () {
      for (const record of chronicle.records(now())) yield recordText(record);
    },
    now,
    later: alarm,
    say,
  });
  const recorder = createRecorder({ chronicle, keep, now, alarm });

  function keep(record: PastRecord): void {
    file.append(recordText(record));
    // What was noted of the node goes from the disk, too.
    if (record.type === 'forget') void file.rewrite();
  }

  return {
    ...createRewind({ store, chronicle }),
    open: () =>
      file.open((json) => {
        const record = readRecord(json);
        if (record) chronicle.apply(record);
      }),
    begin: (...start) => recorder.begin(...start),
    tell: (change) => recorder.tell(change),
    availability: (...range) => availabilitySlots(chronicle, ...range),
    changes: (...range) => statusChanges(chronicle, ...range),
    purge: () => file.flush(),
    async close() {
      recorder.close();
      await file.close();
    },
  };
}
