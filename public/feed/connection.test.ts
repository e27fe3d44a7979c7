import { describe, expect, it } from 'vitest';
import { afterEvent, type Connection } from './connection.ts';

const opening: Connection = { phase: 'opening', sinceMs: 10 };
const live: Connection = { phase: 'live', sinceMs: 20 };
const lost: Connection = { phase: 'lost', sinceMs: 30 };

describe('connection', () => {
  it.each([
    ['opening', opening],
    ['lost', lost],
  ])('is live from the moment Nester is heard (%s)', (_phase, before) => {
    expect(afterEvent(before, { type: 'heard' }, 99)).toEqual({ phase: 'live', sinceMs: 99 });
  });

  it('stays live since it became so', () => {
    expect(afterEvent(live, { type: 'heard' }, 99)).toBe(live);
  });

  it('is lost since Nester was last heard', () => {
    expect(afterEvent(live, { type: 'broken', lastHeardMs: 42 }, 99)).toEqual({ phase: 'lost', sinceMs: 42 });
  });

  it.each([
    ['opening', opening],
    ['lost', lost],
  ])('keeps its beginning while attempts fail (%s)', (_phase, before) => {
    expect(afterEvent(before, { type: 'broken', lastHeardMs: 99 }, 99)).toBe(before);
  });
});
