import type { WaitingRoom } from './api/waiting-room.ts';
import type { Live } from './live/live.ts';
import type { LanBook } from './past/lan-book.ts';
import type { Past } from './past/past.ts';
import type { Fleet } from './state/fleet.ts';
import type { KeptReport, StoreChange } from './store/report-store.ts';

export interface AudienceDeps {
  fleet: Pick<Fleet, 'apply' | 'rebuild' | 'onChange'>;
  live: Pick<Live, 'publishReports' | 'publishNodes' | 'publishRemoved' | 'together'>;
  waitingRoom: Pick<WaitingRoom, 'announce'>;
  past: Pick<Past, 'tell'>;
  lans: Pick<LanBook, 'see' | 'forget'>;
}

/**
 * Tells everyone what the store has stored, in the order it did: viewers the reports, then the
 * fleet, whose own changes (a status, a node that went) go to the viewers after the reports
 * that brought them, then whoever waits for an answer. What is kept of the past hears what the
 * fleet and the viewers hear.
 */
export function createAudience({ fleet, live, waitingRoom, past, lans }: AudienceDeps) {
  fleet.onChange((change) => {
    const { nodes, removed } = change;
    past.tell(change);
    for (const node of removed) lans.forget(node);
    if (nodes.length > 0) live.publishNodes(nodes);
    if (removed.length > 0) live.publishRemoved(removed);
  });

  return {
    tell: (change: StoreChange): void => {
      live.together(() => {
        if (change.type === 'reports') {
          live.publishReports(change.cursor, change.reports.map(withoutHosts));
          fleet.apply(change.reports);
          for (const { report } of change.reports) lans.see(report);
        } else {
          for (const { node, history } of change.nodes) fleet.rebuild(node, history);
        }
      });
      waitingRoom.announce();
    },
  };
}

/** The text that is there already, where there is nothing to leave out. */
function withoutHosts({ report, json }: KeptReport): string | Uint8Array {
  if (report.hosts === undefined) return json;
  // Their count stays, as in the state of the node. What is undefined is left out of the text.
  return JSON.stringify({ ...report, devices: report.devices === undefined ? report.hosts.length : report.devices, hosts: undefined });
}
