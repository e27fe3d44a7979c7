import { describe, expect, it } from 'vitest';
import { createFormat } from './format.ts';

const english = createFormat('en', 'narrow');
const french = createFormat('fr', 'short');

/** Languages put several kinds of spaces between figure and unit. */
const plain = (text: string): string => text.replace(/\s/gu, ' ');

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('format', () => {
  it.each([
    [0, '0.00 ms', '0,00 ms'],
    [0.347, '0.35 ms', '0,35 ms'],
    [9.994, '9.99 ms', '9,99 ms'],
    [9.996, '10.0 ms', '10,0 ms'],
    [12.34, '12.3 ms', '12,3 ms'],
    [99.96, '100 ms', '100 ms'],
    [1250.4, '1,250 ms', '1 250 ms'],
  ])('writes %d ms with about three digits', (value, inEnglish, inFrench) => {
    expect(plain(english.milliseconds(value))).toBe(inEnglish);
    expect(plain(french.milliseconds(value))).toBe(inFrench);
  });

  it.each([
    [0, '0%', '0 %'],
    [0.04, '0%', '0 %'],
    [12.5, '12.5%', '12,5 %'],
    [100, '100%', '100 %'],
  ])('writes %d percent', (value, inEnglish, inFrench) => {
    expect(plain(english.percent(value))).toBe(inEnglish);
    expect(plain(french.percent(value))).toBe(inFrench);
  });

  it.each([
    [0, 'now', 'maintenant'],
    [999, 'now', 'maintenant'],
    [-5 * SECOND, 'now', 'maintenant'],
    [SECOND, '1s ago', 'il y a 1 s'],
    [59.9 * SECOND, '59s ago', 'il y a 59 s'],
    [MINUTE, '1m ago', 'il y a 1 min'],
    [119 * MINUTE, '119m ago', 'il y a 119 min'],
    [2 * HOUR, '2h ago', 'il y a 2 h'],
    [47 * HOUR, '47h ago', 'il y a 47 h'],
    [2 * DAY, '2d ago', 'il y a 2 j'],
    [400 * DAY, '400d ago', 'il y a 400 j'],
  ])('tells that something was %d ms ago', (ageMs, inEnglish, inFrench) => {
    expect(plain(english.ago(ageMs))).toBe(inEnglish);
    expect(plain(french.ago(ageMs))).toBe(inFrench);
  });

  it.each([
    [-SECOND, '0s', '0 s'],
    [61 * SECOND, '1m', '1 min'],
    [3 * HOUR, '3h', '3 h'],
  ])('tells how long %d ms are', (ms, inEnglish, inFrench) => {
    expect(plain(english.duration(ms))).toBe(inEnglish);
    expect(plain(french.duration(ms))).toBe(inFrench);
  });

  it('writes the time of today alone, and of another day with its date', () => {
    const at = new Date(2026, 10, 22, 14, 3, 12).getTime();

    expect(english.clock(at, at + HOUR)).toBe('14:03:12');
    expect(english.clock(at, at + DAY)).toMatch(/22.*2026.*14:03:12/);
    expect(french.clock(at, at + DAY)).toMatch(/22 nov\. 2026.*14:03:12/);
  });

  it('writes a time to the minute, and the day of another day', () => {
    const at = new Date(2026, 10, 22, 14, 3, 12).getTime();

    expect(english.minute(at, at + HOUR)).toBe('14:03');
    expect(english.minute(at, at + DAY)).toMatch(/Nov.* 14:03/);
    expect(french.minute(at, at + DAY)).toMatch(/22 nov\.?.* 14:03/);
  });

  it('writes midnight as 00, not as 24', () => {
    const midnight = new Date(2026, 10, 22).getTime();

    expect(english.clock(midnight, midnight)).toBe('00:00:00');
  });

  it('groups thousands as the language does', () => {
    expect(english.count(2000)).toBe('2,000');
    expect(plain(french.count(2000))).toBe('2 000');
  });
});
