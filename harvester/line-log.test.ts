import { describe, expect, it } from 'vitest';
import { createLineLog } from './line-log.ts';

const NOW = Date.parse('2026-11-22T08:00:00.000Z');

function written(isTerminal: boolean, level: 'debug' | 'warn' | 'silent'): string[] {
  const lines: string[] = [];
  const log = createLineLog({ write: (text) => lines.push(text), isTerminal }, level, () => NOW);
  log.debug('a');
  log.info('b', { waiting: 3, stack: undefined });
  log.warn('c "quoted"\u2028');
  log.error('d', { stack: 'one\ntwo' });
  return lines;
}

describe('log of lines', () => {
  it('is one JSON object a line, as pino writes them', () => {
    const lines = written(false, 'debug');

    expect(lines[1]).toBe(`{"level":30,"time":${NOW},"program":"harvester","waiting":3,"msg":"b"}\n`);
    expect(lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([20, 30, 40, 50]);
    for (const line of lines) expect(line.trimEnd()).not.toContain('\n');
  });

  it('is text for a person at a terminal', () => {
    const [, second, , fourth] = written(true, 'debug');

    // eslint-disable-next-line no-control-regex -- Colours are control characters.
    expect(second?.replace(/\u001b\[\d+m/g, '')).toMatch(/^\[\d\d:00:00\] INFO: b\n {4}waiting: 3\n$/);
    expect(fourth).toContain('stack: one\ntwo\n');
  });

  it('says what is asked for and worse, or nothing', () => {
    expect(written(false, 'warn')).toHaveLength(2);
    expect(written(false, 'silent')).toEqual([]);
  });
});
