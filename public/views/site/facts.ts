import { isOlder, OWN_VERSION } from '../../model/agent-version.ts';
import type { Row } from '../../model/row.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { element, liveText, setAttribute } from '../element.ts';

/** What else is to be known of a node, each fact with its name. */
export interface Facts {
  readonly element: HTMLElement;
  show(row: Row, nowMs: number): void;
}

export function createFacts(words: SiteWords): Facts {
  const { site, format, units, lasting } = words;
  const { facts } = site;
  const readers: [name: string, read: (row: Row, nowMs: number) => string, title?: (row: Row) => string][] = [
    [facts.latency, ({ latency }) => (latency === null ? '–' : units.milliseconds(latency))],
    [facts.loss, ({ loss }) => (loss === null ? '–' : units.percent(loss))],
    [facts.jitter, ({ jitter }) => (jitter === null ? '–' : units.milliseconds(jitter))],
    [facts.devices, ({ devices }) => (devices === null ? '–' : format.count(devices))],
    [
      facts.lastReport,
      ({ timestamp }, nowMs) => format.ago(nowMs - Date.parse(timestamp)),
      ({ timestamp, receivedAt }) => words.text.measuredAt(format.instant(Date.parse(timestamp)), format.instant(receivedAt)),
    ],
    [facts.interval, ({ interval }) => facts.every(lasting(interval * 1_000))],
    [facts.ip, ({ ip }) => ip ?? '–'],
    [
      facts.agent,
      ({ agent }) => (agent ? `${agent.version}${isOlder(agent.version) ? ' ↑' : ''} · ${facts.mode[agent.mode]}` : facts.mode.none),
      ({ agent }) => (agent && isOlder(agent.version) ? words.text.olderAgent(agent.version, OWN_VERSION) : ''),
    ],
    [facts.connection, ({ connected }) => (connected ? facts.connected : facts.notConnected)],
    [facts.system, ({ agent }) => [agent?.os, agent?.hostname].filter((part) => part !== undefined).join(' · ') || '–'],
    [facts.boot, bootOf, ({ agent }) => (agent?.boot === undefined ? '' : format.instant(Date.parse(agent.boot)))],
    [facts.outbox, outboxOf],
  ];

  function bootOf({ agent, metrics }: Row, nowMs: number): string {
    const uptime = metrics['uptime'];
    const upMs = agent?.boot !== undefined ? nowMs - Date.parse(agent.boot) : uptime !== undefined ? uptime * 1_000 : undefined;
    return upMs === undefined ? '–' : facts.up(lasting(upMs));
  }

  function outboxOf({ agent }: Row): string {
    if (agent?.kept === undefined && agent?.dropped === undefined) return '–';
    const kept = agent.kept ?? 0;
    const dropped = agent.dropped ?? 0;
    const parts = [...(kept > 0 ? [facts.kept(format.count(kept))] : []), ...(dropped > 0 ? [facts.dropped(format.count(dropped))] : [])];
    return parts.length === 0 ? facts.nothingKept : parts.join(', ');
  }

  const list = element('dl', 'facts');
  list.setAttribute('aria-label', facts.label);
  const rows = readers.map(([name, read, title]) => {
    const value = liveText();
    const definition = element('dd', '', value.node);
    list.append(element('div', 'fact', element('dt', '', name), definition));
    return { value, definition, read, title };
  });

  return {
    element: list,
    show(row, nowMs) {
      for (const { value, definition, read, title } of rows) {
        value.write(read(row, nowMs));
        if (title) setAttribute(definition, 'title', title(row) || null);
      }
    },
  };
}
