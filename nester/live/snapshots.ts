import type { ViewerFrame } from '../../protocol/frames.ts';
import { PROTOCOL_VERSION } from '../../protocol/limits.ts';
import type { LiveDeps } from './live.ts';
import type { Viewer } from './viewer.ts';

interface SnapshotsDeps extends Pick<LiveDeps, 'snapshot' | 'page' | 'now' | 'schedule'> {
  paceMs: number;
  /** Changes with everything published. */
  version: () => number;
  /** Sends what is gathered, so that whoever follows from the snapshot on is not told it twice. */
  flush: () => void;
}

/**
 * Gives viewers the whole truth. A lone viewer gets it at once; a crowd that comes while one
 * was made less than `paceMs` ago shares it if it is still true, else the next. The states are
 * serialised only when something was published since the last time.
 */
export interface Snapshots {
  give(viewer: Viewer): void;
  /** The viewer closed. */
  withdraw(viewer: Viewer): void;
  close(): void;
}

export function createSnapshots({ snapshot, page, now, schedule, paceMs, version, flush }: SnapshotsDeps): Snapshots {
  const waiting = new Set<Viewer>();
  let states: { version: number; cursor: string; nodes: string } | undefined;
  /** The frame made less than `paceMs` ago. */
  let recent: { version: number; frame: Buffer } | undefined;
  let cancelPace: (() => void) | undefined;

  function make(): Buffer {
    if (states?.version !== version()) {
      const { cursor, nodes } = snapshot();
      states = { version: version(), cursor, nodes: JSON.stringify(nodes) };
    }
    const head = {
      type: 'snapshot',
      protocol: PROTOCOL_VERSION,
      cursor: states.cursor,
      serverTime: now(),
      ...(page === undefined ? {} : { page }),
    } satisfies Omit<Extract<ViewerFrame, { type: 'snapshot' }>, 'nodes'>;
    return Buffer.from(`${JSON.stringify(head).slice(0, -1)},"nodes":${states.nodes}}`);
  }

  function serve(): void {
    if (recent?.version !== version()) {
      if (cancelPace) return;
      flush();
      recent = { version: version(), frame: make() };
      cancelPace = schedule(paceMs, () => {
        cancelPace = undefined;
        recent = undefined;
        if (waiting.size > 0) serve();
      });
    }
    const { frame } = recent;
    const served = [...waiting];
    waiting.clear();
    for (const viewer of served) viewer.catchUp([frame]);
  }

  return {
    give(viewer) {
      waiting.add(viewer);
      serve();
    },
    withdraw: (viewer) => void waiting.delete(viewer),
    close() {
      cancelPace?.();
      waiting.clear();
    },
  };
}
