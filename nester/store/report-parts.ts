import type { StoredReport } from '../../protocol/report.ts';

/**
 * A stored report taken apart without reading all of it. What is shown as it came stays the
 * JSON that it is: whoever shows ten thousand reports hands it on, and a LAN inventory can be a
 * hundred times the rest.
 */
export interface ReportParts {
  node: string;
  timestamp: string;
  interval: number | undefined;
  receivedAt: number;
  /** JSON of a text, number or `null`; `undefined`: the report has none. */
  ip: string | undefined;
  devices: string | undefined;
  latency: string | undefined;
  loss: string | undefined;
  jitter: string | undefined;
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

/** The plain fields, likewise; `method` is not shown. */
const PLAIN =
  /^\{"node":("[^"\\]*"|"(?:[^"\\]|\\.)*"),"timestamp":"([^"]*)"(?:,"ip":([^,]*))?(?:,"devices":([^,]*))?(?:,"latency":([^,]*))?(?:,"loss":([^,]*))?(?:,"jitter":([^,]*))?(?:,"method":"[^"]*")?(?:,"interval":([^,]*))?$/;

/** `json`: as `serialiseReport` wrote it. What another version wrote in another order is read as a whole. */
export function reportParts(json: string): ReportParts {
  const end = json.lastIndexOf(LAST);
  const found: Record<Section, string | undefined> = { metrics: undefined, targets: undefined, hosts: undefined, labels: undefined, agent: undefined };
  let plainEnd = end;
  let open: Section | undefined;
  let from = 0;
  for (const section of SECTIONS) {
    const mark = MARKS[section];
    const at = json.indexOf(mark, from);
    if (at === -1) continue;
    if (open) found[open] = json.slice(from, at);
    else plainEnd = at;
    open = section;
    // The bracket is a part of it.
    from = at + mark.length - 1;
  }
  if (open) found[open] = json.slice(from, end);
  const plain = PLAIN.exec(json.slice(0, plainEnd));
  if (!plain) return partsOf(JSON.parse(json) as StoredReport);
  const [, node = '', timestamp = '', ip, devices, latency, loss, jitter, interval] = plain;
  return {
    node: node.includes('\\') ? (JSON.parse(node) as string) : node.slice(1, -1),
    timestamp,
    interval: interval === undefined ? undefined : Number(interval),
    receivedAt: Number(json.slice(end + LAST.length, -1)),
    ip,
    devices,
    latency,
    loss,
    jitter,
    ...found,
  };
}

function partsOf({ node, timestamp, interval, receivedAt, ...rest }: StoredReport): ReportParts {
  const jsonOf = (name: keyof typeof rest): string | undefined => (rest[name] === undefined ? undefined : JSON.stringify(rest[name]));
  return {
    node,
    timestamp,
    interval,
    receivedAt,
    ...{ ip: jsonOf('ip'), devices: jsonOf('devices'), latency: jsonOf('latency'), loss: jsonOf('loss'), jitter: jsonOf('jitter') },
    ...{ metrics: jsonOf('metrics'), targets: jsonOf('targets'), hosts: jsonOf('hosts'), labels: jsonOf('labels'), agent: jsonOf('agent') },
  };
}

/** Hosts found, as JSON: as the report says, else as many as it lists. */
export function devicesOf({ devices, hosts }: Pick<ReportParts, 'devices' | 'hosts'>): string {
  if (devices !== undefined) return devices;
  return hosts === undefined ? 'null' : String((JSON.parse(hosts) as unknown[]).length);
}
