import { describe, expect, it } from 'vitest';
import { decodeMoment, encodeMoment } from './moment.ts';

describe('a moment in an address', () => {
  it.each(['2026-11-22T08:15:00.000Z', '2026-11-22T08:15:30.123Z'])('comes back as it went: %s', (iso) => {
    expect(decodeMoment(encodeMoment(Date.parse(iso)))).toBe(Date.parse(iso));
  });

  it('is written short where it is a whole minute', () => {
    expect(encodeMoment(Date.parse('2026-11-22T08:15:00Z'))).toBe('2026-11-22T08:15Z');
  });

  it.each(['', 'now', '2026-11-22T08:15', '99999999999999999', '2026-99-99T00:00Z', '-1'])('is nothing for %j', (text) => {
    expect(decodeMoment(text)).toBeUndefined();
  });
});
