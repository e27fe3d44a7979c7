import { describe, expect, it } from 'vitest';
import type { StoredReport } from '../protocol/report.ts';
import { createAudience } from './audience.ts';

function told(report: StoredReport): unknown[] {
  const published: (string | Uint8Array)[] = [];
  const audience = createAudience({
    fleet: { apply: () => undefined, rebuild: () => undefined, onChange: () => undefined },
    live: {
      publishReports: (_cursor, reports) => void published.push(...reports),
      publishNodes: () => undefined,
      publishRemoved: () => undefined,
      together: (publish) => publish(),
    },
    waitingRoom: { announce: () => undefined },
    past: { tell: () => undefined },
    lans: { see: () => undefined, forget: () => undefined },
  });
  audience.tell({ type: 'reports', cursor: 'x-1', reports: [{ report, timestampMs: Date.parse(report.timestamp), json: Buffer.from(JSON.stringify(report)) }] });
  return published.map((json) => JSON.parse(json.toString()) as unknown);
}

describe('audience', () => {
  const report = { node: 'a', timestamp: '2026-11-22T08:00:00.000Z', receivedAt: 1 };
  const hosts = [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }];

  it('shows viewers how many hosts there are, not which', () => {
    expect(told({ ...report, hosts })).toEqual([{ ...report, devices: 2 }]);
    expect(told({ ...report, hosts, devices: 7 })).toEqual([{ ...report, devices: 7 }]);
    expect(told({ ...report, hosts, devices: null })).toEqual([{ ...report, devices: null }]);
  });

  it('hands on the text of a report without hosts as it is', () => {
    expect(told({ ...report, devices: null })).toEqual([{ ...report, devices: null }]);
  });
});
