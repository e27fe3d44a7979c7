import type { Status } from '../../../protocol/node-state.ts';
import type { Finding } from '../../views/site/diagnosis.ts';

/** What a finding says, with its numbers and times formatted. */
export interface FindingWords {
  paused: (until: string, why: string) => string;
  offline: (lasting: string, heard: string, due: string) => string;
  /** Added where an agent's connection is gone. */
  cutOff: string;
  late: (by: string, due: string) => string;
  /** `since` is empty where it is not known. */
  loss: (where: Extract<Finding, { kind: 'loss' }>['where'], percent: string, since: string, isGatewayFine: boolean) => string;
  slow: (latency: string, usual: string, since: string) => string;
  fewDevices: (devices: string, usual: string, count: number) => string;
  full: (disk: string, percent: string) => string;
  backlog: (kept: string, count: number) => string;
  well: (lasting: string) => string;
}

/** Every word of a node's own page. Comes with it, so that the fleet's page need not carry it. */
export interface SiteText {
  lang: string;
  back: string;
  opening: string;
  /** No node of this name. */
  unknown: { title: string; hint: string };
  /** It was forgotten while it was looked at. */
  forgotten: { title: (at: string) => string; hint: string };
  /** Said above what was last known. */
  notLive: (since: string) => string;
  finding: FindingWords;
  facts: {
    label: string;
    ip: string;
    devices: string;
    interval: string;
    every: (interval: string) => string;
    lastReport: string;
    agent: string;
    mode: { once: string; agent: string; none: string };
    system: string;
    boot: string;
    up: (lasting: string) => string;
    connection: string;
    connected: string;
    notConnected: string;
    outbox: string;
    kept: (count: string) => string;
    dropped: (count: string) => string;
    nothingKept: string;
    latency: string;
    loss: string;
    jitter: string;
  };
  actions: {
    measure: string;
    asked: string;
    measured: (after: string) => string;
    noReport: string;
    notConnected: string;
    failed: (why: string) => string;
    print: string;
    forget: string;
  };
  key: { title: string; lead: string; label: string; wrong: string; ok: string; cancel: string };
  forget: { title: (node: string) => string; lead: (node: string) => string; ok: (node: string) => string; cancel: string };
  availability: {
    title: string;
    spans: Record<'24h' | '7d' | '30d' | '400d', string>;
    /** What the percentage is of. */
    percentOf: string;
    states: Record<Status | 'unknown', string>;
    none: string;
    zoom: string;
  };
  spans: {
    label: string;
    names: Record<'1h' | '6h' | '24h' | '7d' | '30d' | '1y', string>;
    between: (from: string, to: string) => string;
    whole: string;
    hint: string;
  };
  charts: {
    title: string;
    names: Record<ChartName, string>;
    lossSteps: string;
    band: string;
    late: string;
    gap: string;
    none: string;
    loading: string;
    failed: string;
    /** The figures of a series: lowest, average, highest, newest. */
    summary: (name: string, min: string, avg: string, max: string, latest: string) => string;
    gaps: (count: number, counted: string) => string;
    lateCount: (count: number, counted: string) => string;
    min: string;
    avg: string;
    max: string;
    /** How a chart is used with the keyboard. */
    keys: string;
    mainTarget: string;
    received: string;
    sent: string;
    more: string;
  };
  inventory: {
    title: string;
    scanned: (at: string) => string;
    none: string;
    filter: string;
    columns: Record<'ip' | 'mac' | 'vendor' | 'name' | 'ports' | 'firstSeen' | 'lastSeen', string>;
    joined: (count: number, counted: string) => string;
    left: (count: number, counted: string) => string;
    nothingNew: string;
    isNew: string;
    isGone: string;
    shown: (shown: string, all: string) => string;
    noMatch: string;
    tableOf: string;
  };
  events: { title: string; none: string; lasting: string; all: (counted: string) => string; cut: string; now: string; tableOf: string };
  reports: { title: string; hint: string; none: string; copy: (at: string) => string; late: (after: string) => string };
}

export type ChartName =
  | 'latency'
  | 'loss'
  | 'jitter'
  | 'targets'
  | 'targetsLoss'
  | 'devices'
  | 'cpu'
  | 'memory'
  | 'disk'
  | 'load'
  | 'temperature'
  | 'traffic'
  | 'uptime';
