import type { Host, StoredReport } from '../../../protocol/report.ts';
import type { Status } from '../../../protocol/node-state.ts';

/** What Nester answers of one node; docs/api.md describes each. Times are epoch ms, spans seconds. */

export interface SeriesAnswer {
  series: { metric: string; target?: string; from: number; to: number }[];
}

export type State = Status | 'unknown';

/** How long a node was in each state, seconds. */
export type Shares = Record<State, number>;

export interface AvailabilityAnswer extends Shares {
  from: number;
  to: number;
}

/** The same by slots of `step` ms: columns. */
export type SlotsAnswer = Record<State, number[]> & { from: number; to: number; step: number; t: number[] };

export interface EventsAnswer {
  events: { at: number; status: State; until?: number }[];
  cut?: boolean;
}

export type KnownHost = Host & { firstSeen: number; lastSeen: number; present: boolean };

export interface HostsAnswer {
  scannedAt: number | null;
  hosts: KnownHost[];
}

export type ReportsAnswer = StoredReport[];
