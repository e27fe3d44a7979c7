import { metricKind, metricParts } from '../../model/metric-kind.ts';
import { own } from '../../model/own.ts';
import type { Row } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import { element, liveText, markLong, setAttribute } from '../element.ts';
import type { Cell } from './columns.ts';

/** Percent from which a resource is nearly used up, and from which it as good as is. */
const SOME = 90;
const MUCH = 97;

/** Characters of a figure there is always room for. */
const FITS = 8;
const FITS_BESIDE_BAR = 5;

/** A metric's value in its unit; for a percentage a thin bar with the figure. */
export function createMetricCell(name: string): (td: HTMLElement, words: Words) => Cell {
  const kind = metricKind(name);
  const isBusyNotFull = metricParts(name).base === 'cpu';

  function badnessOf(value: number | undefined): 'some' | 'much' | null {
    if (value === undefined || kind !== 'percent' || value < SOME) return null;
    return value < MUCH || isBusyNotFull ? 'some' : 'much';
  }

  return (td, { text, format }) => {
    const figure = liveText();
    const fill = element('span', 'gauge-fill');
    if (kind === 'percent') td.append(element('span', 'gauge', fill));
    td.append(element('span', 'figure', figure.node));
    let shown: number | undefined | null = null;
    return {
      show({ metrics }: Row) {
        const value = own(metrics, name);
        if (value === shown) return false;
        shown = value;
        const changed = figure.write(value === undefined ? '–' : format.metric(value, kind));
        if (changed) markLong(td, figure.node.data, kind === 'percent' ? FITS_BESIDE_BAR : FITS);
        setAttribute(td, 'data-unknown', value === undefined ? '' : null);
        setAttribute(td, 'data-bad', badnessOf(value));
        if (kind === 'percent') fill.style.width = `${Math.min(100, Math.max(0, value ?? 0))}%`;
        return changed;
      },
      hint: ({ metrics }) => (own(metrics, name) === undefined ? text.unknown : null),
    };
  };
}
