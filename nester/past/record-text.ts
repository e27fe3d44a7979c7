import type { Status } from '../../protocol/node-state.ts';
import type { PastRecord } from './record.ts';
import { STATUSES } from './stretch.ts';

/** What a file of these lines begins with. */
export const PAST_HEADER = '{"file":"Nester: statuses of the past","version":1}';

/**
 * A record as a line of JSON:
 *
 *     {"seq":1,"at":1795334400000,"nester":"start","alive":1795334300000}
 *     {"seq":2,"at":1795334401000,"node":"lyon-01","status":"online","since":1795334400900,"connected":false}
 *     {"seq":3,"at":1795334460000,"nester":"alive"}
 *     {"seq":4,"at":1795338060000,"leap":3600000}
 *     {"seq":5,"forget":"lyon-01"}
 *     {"seq":6,"node":"lyon-01","timeline":{...}}
 *     {"seq":7,"watch":{...}}
 */
export function recordText(record: PastRecord): string {
  const { seq } = record;
  switch (record.type) {
    case 'start':
      return JSON.stringify({ seq, at: record.atMs, nester: 'start', alive: record.aliveMs });
    case 'alive':
    case 'stop':
      return JSON.stringify({ seq, at: record.atMs, nester: record.type });
    case 'leap':
      return JSON.stringify({ seq, at: record.atMs, leap: record.leapMs });
    case 'status':
      return JSON.stringify({ seq, at: record.atMs, node: record.node, status: record.status, since: record.sinceMs, connected: record.connected });
    case 'forget':
      return JSON.stringify({ seq, forget: record.node });
    case 'node':
      return JSON.stringify({ seq, node: record.node, timeline: record.timeline });
    case 'watch':
      return JSON.stringify({ seq, watch: record.watch });
  }
}

/** As they were written: their CRC was checked. What a later version may have added is `undefined`. */
interface Line {
  seq: number;
  at?: number;
  nester?: string;
  alive?: number;
  leap?: number;
  node?: string;
  status?: string;
  since?: number;
  connected?: boolean;
  forget?: string;
  timeline?: Extract<PastRecord, { type: 'node' }>['timeline'];
  watch?: Extract<PastRecord, { type: 'watch' }>['watch'];
}

export function readRecord(json: string): PastRecord | undefined {
  // Written by `recordText`, and its CRC was checked.
  const { seq, at: atMs, nester, alive, leap: leapMs, node, status, since: sinceMs, connected, forget, timeline, watch } = JSON.parse(json) as Line;
  if (watch) return { type: 'watch', seq, watch };
  if (forget !== undefined) return { type: 'forget', seq, node: forget };
  if (node !== undefined && timeline) return { type: 'node', seq, node, timeline };
  if (atMs === undefined) return undefined;
  if (nester === 'start') return alive === undefined ? { type: 'start', seq, atMs } : { type: 'start', seq, atMs, aliveMs: alive };
  if (nester === 'alive' || nester === 'stop') return { type: nester, seq, atMs };
  if (leapMs !== undefined) return { type: 'leap', seq, atMs, leapMs };
  if (node === undefined || !isStatus(status) || sinceMs === undefined) return undefined;
  return { type: 'status', seq, node, atMs, status, sinceMs, connected: connected === true };
}

function isStatus(text: string | undefined): text is Status {
  return STATUSES.some((status) => status === text);
}
