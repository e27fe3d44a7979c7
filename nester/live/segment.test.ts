import { describe, expect, it } from 'vitest';
import { framesOf, type Segment } from './segment.ts';

const texts = (segments: readonly Segment[]): string[] => framesOf(segments).map(String);

describe('frames', () => {
  it('join what is of one kind, with the cursor of the last, and keep the order of kinds', () => {
    const segments: Segment[] = [
      { type: 'reports', texts: ['1', '2'], size: 2, cursor: 'e-2' },
      { type: 'reports', texts: ['3'], size: 1, cursor: 'e-"3' },
      { type: 'nodes', texts: ['{}'], size: 2 },
      { type: 'removed', texts: ['"a"'], size: 3 },
      { type: 'reports', texts: ['4'], size: 1, cursor: 'e-4' },
    ];

    expect(texts(segments)).toEqual([
      '{"type":"reports","cursor":"e-\\"3","reports":[1,2,3]}',
      '{"type":"nodes","nodes":[{}]}',
      '{"type":"removed","nodes":["a"]}',
      '{"type":"reports","cursor":"e-4","reports":[4]}',
    ]);
  });

  it('are none of nothing', () => {
    expect(framesOf([])).toEqual([]);
  });

  it('are UTF-8', () => {
    const [frame] = framesOf([{ type: 'removed', texts: ['"Évreux \u{1F98B}"'], size: 11 }]);

    expect(JSON.parse(String(frame))).toEqual({ type: 'removed', nodes: ['Évreux \u{1F98B}'] });
  });

  it('do not grow without bound', () => {
    const text = `"${'x'.repeat(100_000)}"`;
    const many = Array.from({ length: 10 }, (_, at): Segment => ({ type: 'reports', texts: [text], size: text.length, cursor: `e-${at}` }));

    const frames = framesOf(many);

    expect(frames.map((frame) => (JSON.parse(String(frame)) as { cursor: string }).cursor)).toEqual([
      'e-1',
      'e-3',
      'e-5',
      'e-7',
      'e-9',
    ]);
  });
});
