import type { TimelineText, StatusEvent } from './timeline.ts';
import type { WatchText } from './watch.ts';

/**
 * What is noted of the past, in order. `seq` ascends; a `node` or `watch` stands for everything
 * noted of it up to its own `seq`.
 */
export type PastRecord =
  /** Nester started, and had been alive up to `aliveMs`. */
  | { type: 'start'; seq: number; atMs: number; aliveMs?: number }
  /** Nester is alive, or (`stop`) was until now. */
  | { type: 'alive' | 'stop'; seq: number; atMs: number }
  /** The clock moved by so many ms more than time did. */
  | { type: 'leap'; seq: number; atMs: number; leapMs: number }
  | ({ type: 'status'; seq: number; node: string } & StatusEvent)
  /** The node is gone, with its past. */
  | { type: 'forget'; seq: number; node: string }
  | { type: 'node'; seq: number; node: string; timeline: TimelineText }
  | { type: 'watch'; seq: number; watch: WatchText };
