import { describe, expect, it } from 'vitest';
import { drawnSpan, isSameSpan, spanOf, windowOf, withSpan } from './span.ts';

const at = (text: string): number => Date.parse(text);
const search = (text: string): URLSearchParams => new URLSearchParams(text);

describe('span', () => {
  it.each(['range=1h', 'range=7d', 'from=2026-11-01T10%3A00%3A00Z&to=2026-11-01T12%3A00%3A00Z'])('is written into the address as it was read: %s', (text) => {
    expect(withSpan(search('tab=a'), spanOf(search(text))).toString()).toBe(`tab=a&${text}`);
  });

  it('takes times as ISO 8601 or epoch ms', () => {
    expect(spanOf(search('from=1000&to=1970-01-01T00:01:00Z'))).toEqual({ kind: 'between', fromMs: 1_000, toMs: 60_000 });
  });

  it.each(['', 'range=2h', 'range=constructor', 'from=2026-11-01T10:00:00Z', 'from=x&to=y', 'from=5&to=5', 'from=9&to=1', 'from=-5&to=9', 'from=1&to=99999999999999999'])(
    'is a day where the address says nothing that makes sense: %j',
    (text) => {
      expect(spanOf(search(text))).toEqual({ kind: 'last', name: '24h' });
    },
  );

  it('needs no words for the usual stretch, and takes those of another away', () => {
    expect(withSpan(search('range=7d&from=1&to=2'), { kind: 'last', name: '24h' }).toString()).toBe('');
  });

  it('moves on with the clock only if it is the last hours', () => {
    expect(windowOf({ kind: 'last', name: '1h' }, at('2026-11-01T12:00:00Z'))).toEqual({
      fromMs: at('2026-11-01T11:00:00Z'),
      toMs: at('2026-11-01T12:00:00Z'),
    });
    expect(windowOf({ kind: 'between', fromMs: 1, toMs: 2 }, at('2026-11-01T12:00:00Z'))).toEqual({ fromMs: 1, toMs: 2 });
  });

  it('is drawn in either direction, to whole seconds, and never too short to hold a report', () => {
    expect(drawnSpan(200_499, 100_499)).toEqual({ kind: 'between', fromMs: 100_000, toMs: 200_000 });
    expect(drawnSpan(100_000, 100_010)).toEqual({ kind: 'between', fromMs: 70_000, toMs: 130_000 });
  });

  it('is the same when it has the same ends, or the same name', () => {
    expect(isSameSpan({ kind: 'last', name: '1h' }, { kind: 'last', name: '1h' })).toBe(true);
    expect(isSameSpan({ kind: 'last', name: '1h' }, { kind: 'last', name: '6h' })).toBe(false);
    expect(isSameSpan({ kind: 'between', fromMs: 1, toMs: 2 }, { kind: 'between', fromMs: 1, toMs: 3 })).toBe(false);
  });
});
