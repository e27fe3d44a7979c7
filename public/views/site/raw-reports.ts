import type { StoredReport } from '../../../protocol/report.ts';
import type { SiteWords } from '../../text/site/site-words.ts';
import { createCommand } from '../command.ts';
import { element, liveText } from '../element.ts';
import type { SiteApi } from './site-api.ts';

/** The last reports as they are kept, each opened when it is wanted. */
export interface RawReports {
  readonly element: HTMLElement;
  refresh(): Promise<void>;
}

const SHOWN = 20;

export function createRawReports(api: SiteApi, words: SiteWords): RawReports {
  const { site, format, units, lasting } = words;
  const text = site.reports;
  const none = liveText();
  const noneLine = element('p', 'sheet-none', none.node);
  const list = element('div', 'raw-reports');
  const section = element(
    'section',
    'sheet raw',
    element('div', 'sheet-head', element('h3', '', text.title), element('span', 'sheet-note', text.hint)),
    list,
    noneLine,
  );
  /** By time of measurement: what is open stays open when newer ones come. */
  const made = new Map<string, HTMLElement>();
  let asked = 0;

  function detailsOf(report: StoredReport): HTMLElement {
    const atMs = Date.parse(report.timestamp);
    const at = format.clock(atMs, Date.now());
    const parts = [
      ...(report.latency === null || report.latency === undefined ? [] : [units.milliseconds(report.latency)]),
      ...(report.loss === null || report.loss === undefined ? [] : [`${site.facts.loss} ${units.percent(report.loss)}`]),
      ...(report.receivedAt - atMs > 60_000 ? [text.late(lasting(report.receivedAt - atMs))] : []),
    ];
    const details = element('details', '', element('summary', '', element('b', '', at), ` ${parts.join(' · ')}`));
    details.addEventListener('toggle', () => {
      if (details.open && details.children.length === 1) details.append(createCommand(JSON.stringify(report, null, 2), text.copy(at), words));
    });
    return details;
  }

  return {
    element: section,
    async refresh() {
      const turn = ++asked;
      const answer = await api.reports(SHOWN);
      if (turn !== asked) return;
      const reports = answer.ok ? answer.value : [];
      const elements = reports.map((report) => {
        const there = made.get(report.timestamp) ?? detailsOf(report);
        made.set(report.timestamp, there);
        return there;
      });
      const stay = new Set(reports.map(({ timestamp }) => timestamp));
      for (const timestamp of made.keys()) if (!stay.has(timestamp)) made.delete(timestamp);
      // Only what is new is moved: what is open must not lose the keyboard.
      elements.forEach((one, at) => {
        if (list.children[at] !== one) list.insertBefore(one, list.children[at] ?? null);
      });
      while (list.children.length > elements.length) list.lastElementChild?.remove();
      none.write(elements.length === 0 ? text.none : '');
      noneLine.hidden = elements.length > 0;
    },
  };
}
