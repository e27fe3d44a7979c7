import type { StoredReport } from '../../protocol/report.ts';

/**
 * A stored report taken apart without reading all of it. Plain fields are values; the
 * structured ones stay the JSON that they are, because whoever shows ten thousand reports hands
 * them on as they came, and a LAN inventory can be a hundred times the rest.
 */
export interface ReportParts {
  plain: Omit<StoredReport, Section | 'receivedAt'>;
  receivedAt: number;
  /** JSON of an object or array; `undefined`: the report has none. */
  metrics: string | undefined;
  targets: string | undefined;
  hosts: string | undefined;
  labels: string | undefined;
  agent: string | undefined;
}

type Section = 'metrics' | 'targets' | 'hosts' | 'labels' | 'agent';

/**
 * What each begins with, in the order in which `serialiseReport` writes them. None of these can
 * stand inside a text, where a quote is escaped, nor deeper down, where nothing of the same name
 * is an object or array.
 */
const MARKS = {
  metrics: ',"metrics":{',
  targets: ',"targets":[',
  hosts: ',"hosts":[',
  labels: ',"labels":{',
  agent: ',"agent":{',
} as const satisfies Record<Section, string>;
const SECTIONS = ['metrics', 'targets', 'hosts', 'labels', 'agent'] as const;
const LAST = ',"receivedAt":';

/** `json`: as `serialiseReport` wrote it, and nothing else. */
export function reportParts(json: string): ReportParts {
  const end = json.lastIndexOf(LAST);
  const parts: ReportParts = {
    // Replaced below.
    plain: { node: '', timestamp: '' },
    receivedAt: Number(json.slice(end + LAST.length, -1)),
    metrics: undefined,
    targets: undefined,
    hosts: undefined,
    labels: undefined,
    agent: undefined,
  };
  let open: Section | undefined;
  let from = 0;
  const close = (at: number): void => {
    if (open) parts[open] = json.slice(from, at);
    else parts.plain = JSON.parse(`${json.slice(0, at)}}`) as ReportParts['plain'];
  };
  for (const section of SECTIONS) {
    const mark = MARKS[section];
    const at = json.indexOf(mark, from);
    if (at === -1) continue;
    close(at);
    open = section;
    // The bracket is a part of it.
    from = at + mark.length - 1;
  }
  close(end);
  return parts;
}

/** Hosts found: as the report says, else as many as it lists. */
export function devicesOf({ plain, hosts }: ReportParts): number | null {
  if (plain.devices !== undefined) return plain.devices;
  return hosts === undefined ? null : (JSON.parse(hosts) as unknown[]).length;
}
