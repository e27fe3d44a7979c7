import type { Status } from '../../protocol/node-state.ts';
import type { Field } from '../model/column-key.ts';
import type { WellKnownMetric } from '../model/metric-kind.ts';

/**
 * Every word of the page. Each language is one object of this type, so a text that is missing,
 * or is no longer used under its name, does not compile. Numbers and times come in formatted.
 */
export interface Text {
  /** How the page names itself in `<html lang>`. */
  lang: string;
  /** The style of relative times that reads well in this language. */
  relativeTimes: 'narrow' | 'short';
  /** Title of the window; `trouble`: nodes that are not well. */
  title: (trouble: number, live: boolean) => string;
  status: Record<Status, string>;
  columns: Record<Field, string>;
  /** Metrics that have a name in every language; any other goes by its own. */
  metrics: Record<WellKnownMetric, string>;
  /** Caption of the table, read by screen readers. */
  tableOf: string;
  /** Where a report says nothing of a value. */
  unknown: string;
  measuredAt: (measured: string, received: string) => string;
  statusSince: (status: string, since: string) => string;
  /** Lowest and highest latency of the last hour. */
  lastHour: (lowest: string, highest: string) => string;
  /** What was looked for is in the node's LAN: which hosts. */
  inLan: (hosts: string) => string;
  /** Until when a node is paused, and why, if that was said. */
  pausedUntil: (until: string, why: string) => string;
  connection: {
    opening: string;
    openingSince: (time: string) => string;
    live: string;
    liveSince: (time: string) => string;
    lost: (since: string) => string;
  };
  filter: { all: string; byStatus: string; label: string; placeholder: string };
  csv: { button: string; title: string; labels: string };
  help: {
    button: string;
    title: string;
    close: string;
    keys: Record<'search' | 'move' | 'ends' | 'open' | 'fold' | 'escape' | 'live' | 'help', string>;
  };
  logout: string;
  theme: Record<'system' | 'light' | 'dark', string>;
  log: {
    /** The button; `unread`: changes since it was opened last. */
    button: (unread: number, counted: string) => string;
    title: string;
    none: string;
    /** What stands before the new status of a node that was not known before. */
    fresh: string;
  };
  columnsMenu: { button: string; title: string; reset: string; metrics: string };
  groups: {
    button: string;
    /** The button while nodes are gathered by a label. */
    by: (label: string) => string;
    title: string;
    none: string;
    /** Heading of the nodes without the label. */
    without: (label: string) => string;
    nodes: (count: number, counted: string) => string;
    medianLatency: string;
    worstLoss: string;
  };
  /** How many rows pass the filter. */
  shown: (count: number, shown: string, all: string) => string;
  nothingFound: { title: string; hint: string; clear: string };
  first: {
    title: string;
    lead: string;
    curl: string;
    curlHint: string;
    python: string;
    harvester: string;
    harvesterHint: string;
    cron: string;
    cronHint: string;
    shell: string;
    shellHint: string;
    /** Said where the page's own address works on this machine only. */
    loopback: string;
    key: string;
    copy: string;
    copied: string;
    copyByHand: string;
  };
  /** Of a Harvester of an older version than the Nester. */
  olderAgent: (version: string, own: string) => string;
  /** Making a new site report. */
  addSite: {
    title: string;
    button: string;
    lead: string;
    name: string;
    labels: string;
    badLabels: string;
    next: string;
    failed: (why: string) => string;
    how: string;
    ways: Record<'systemd' | 'cron' | 'shell' | 'docker' | 'windows' | 'curl' | 'python', string>;
    hints: Record<'systemd' | 'cron' | 'shell' | 'docker' | 'windows' | 'curl' | 'python', string>;
    /** Stands in the command where the reader has to put the key. */
    yourKey: string;
    keyMade: string;
    keyNeeded: string;
    waiting: (node: string) => string;
    here: (node: string, ago: string) => string;
    open: string;
    close: string;
  };
  /** Looking at the fleet as it was. */
  past: {
    title: string;
    link: string;
    asItWas: (moment: string) => string;
    asked: string;
    failed: string;
    none: string;
    backToLive: string;
    slider: string;
    exactly: string;
    reach: string;
    earlierHour: string;
    earlierMinute: string;
    laterMinute: string;
    laterHour: string;
  };
  /** Said where a newer Nester serves a newer page. */
  newer: { said: string; reload: string };
  /** The screen at the wall. */
  wall: {
    link: string;
    /** How many more sites in trouble there are than have room. */
    more: (count: number, counted: string) => string;
    loss: (percent: string) => string;
    /** Said of the squares, to those who do not see them. */
    mosaic: (count: number, counted: string) => string;
    stale: string;
    staleSince: (time: string, lasting: string) => string;
  };
  /** Read aloud when a node's status changes. */
  nowIs: (node: string, status: string) => string;
  /** Read aloud when many change at once. */
  manyChanged: (count: number, counted: string, inTrouble: string) => string;
}
