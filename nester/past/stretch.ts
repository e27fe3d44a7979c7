import type { Status } from '../../protocol/node-state.ts';

export const STATUSES = ['online', 'late', 'offline', 'paused'] as const satisfies readonly Status[];

/** A stretch of time in which one status held, epoch ms; `toMs` is not part of it. */
export interface Stretch {
  status: Status;
  fromMs: number;
  toMs: number;
}

/** The same, also of time of which nothing is known. */
export interface Period {
  status: Status | 'unknown';
  fromMs: number;
  toMs: number;
}
