import { describe, expect, it } from 'vitest';
import { createUnits } from './units.ts';

const en = createUnits('en-GB');
const fr = createUnits('fr-FR');
const plain = (text: string): string => text.replace(/\s/gu, ' ');

describe('units', () => {
  it('write about three digits', () => {
    expect([0, 0.456, 3.4, 12.34, 123.4, 12_345.6].map(en.milliseconds).map(plain)).toEqual(['0 ms', '0.46 ms', '3.4 ms', '12.3 ms', '123 ms', '12,346 ms']);
    expect([-3.456, 0, 97].map(en.plain)).toEqual(['-3.46', '0', '97']);
  });

  it('write bytes per second in the unit that suits', () => {
    expect([0, 999, 1_500, 2_500_000, 3e9, 5e12].map(en.bytesPerSecond).map(plain)).toEqual(['0 byte/s', '999 byte/s', '1.5 kB/s', '2.5 MB/s', '3 GB/s', '5,000 GB/s']);
  });

  it('write percent and degrees in the reader’s language', () => {
    expect([0, 2.55, 12.5].map(fr.percent).map(plain)).toEqual(['0 %', '2,6 %', '13 %']);
    expect(plain(fr.celsius(44.25))).toBe('44,3 °C');
  });
});
