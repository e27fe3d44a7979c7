import { describe, expect, it } from 'vitest';
import { DEFAULT_COLUMNS } from './column-key.ts';
import { cardLines, fit } from './fit.ts';

/** What the page has beside its edges at these widths of the window, rem. */
const DESKTOP = 97;
const LAPTOP = 69;
const PHONE = 26;

describe('columns', () => {
  it('are all there on a desktop', () => {
    expect(fit(null, DESKTOP)).toMatchObject({ columns: DEFAULT_COLUMNS, shape: 'table' });
  });

  it('are fewer on a laptop, the same ones first', () => {
    const { columns, shape } = fit(null, LAPTOP);

    expect(shape).toBe('table');
    expect(columns).toEqual(['status', 'node', 'ip', 'devices', 'latency', 'loss', 'updated']);
  });

  it('become cards of three lines on a phone', () => {
    const fitted = fit(null, PHONE);

    expect(fitted.shape).toBe('cards');
    expect(cardLines(fitted)).toBe(3);
  });

  it('that were chosen are shown at any width, as cards where they are too many', () => {
    const chosen = ['node', 'latency', 'metrics.a', 'metrics.b', 'metrics.c', 'metrics.d', 'metrics.e'] as const;

    expect(fit(chosen, DESKTOP)).toMatchObject({ columns: chosen, shape: 'table' });
    expect(fit(chosen, PHONE)).toMatchObject({ columns: chosen, shape: 'cards' });
    // The latency takes a little more than its share of a line, so only one metric goes beside it.
    expect(cardLines(fit(chosen, PHONE))).toBe(2 + 3);
  });
});
