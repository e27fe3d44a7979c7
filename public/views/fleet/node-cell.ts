import { siteAddress } from '../../place/place.ts';
import { ROOT } from '../../place/root.ts';
import type { Words } from '../../text/words.ts';
import type { Cell } from './columns.ts';
import { element, liveText, setAttribute } from '../element.ts';

/**
 * The node's name; until when and why it is paused, if it is; and its labels as chips: as many as
 * there is room for, all on hover.
 */
export function createNodeCell(td: HTMLElement, { text, format, compareNames }: Words): Cell {
  const name = liveText();
  const pause = liveText();
  const pauseSpan = element('span', 'pause', pause.node);
  const labels = element('span', 'labels');
  let shown = '';
  const link = element('a', 'name', name.node);
  td.append(link, pauseSpan, labels);
  return {
    show(row) {
      if (name.write(row.node)) link.href = siteAddress(row.node, ROOT);
      const entries = Object.entries(row.labels).sort(([a], [b]) => compareNames(a, b));
      const lines = [row.node, ...entries.map(([label, value]) => `${label}: ${value}`)].join('\n');
      if (lines === shown) return false;
      shown = lines;
      setAttribute(td, 'title', lines);
      labels.replaceChildren(
        ...entries.map(([label, value]) => element('span', 'label', element('span', 'label-name', label), ` ${value}`)),
      );
      return false;
    },
    tick({ status, agent }, nowMs) {
      const until = status === 'paused' ? agent?.pausedUntil : undefined;
      const said = until === undefined ? '' : text.pausedUntil(format.minute(Date.parse(until), nowMs), agent?.pausedWhy ?? '');
      if (pause.write(said)) setAttribute(pauseSpan, 'title', said);
      pauseSpan.hidden = said === '';
    },
  };
}
