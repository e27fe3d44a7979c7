import { describe, expect, it } from 'vitest';
import { columnAddress, columnKeyOf, FIELDS, metricKey, metricOf } from './column-key.ts';

describe('column keys', () => {
  it.each([
    ['latency', 'latency'],
    ['metrics.cpu', 'cpu'],
    ['metrics.disk:/home', 'disk:/home'],
    ['metrics.latency', 'metrics.latency'],
    ['metrics.metrics.x', 'metrics.metrics.x'],
  ] as const)('%s is written %s, and read again', (key, address) => {
    expect(columnAddress(key)).toBe(address);
    expect(columnKeyOf(address)).toBe(key);
  });

  it.each(['', '9lives', 'two words', 'a,b', '<img>', 'x'.repeat(65), 'metrics.'])('nothing is read from %j', (address) => {
    expect(columnKeyOf(address)).toBeUndefined();
  });

  it('tell metrics from fields', () => {
    expect(FIELDS.map(metricOf)).toEqual(FIELDS.map(() => undefined));
    expect(metricOf(metricKey('battery'))).toBe('battery');
  });
});
