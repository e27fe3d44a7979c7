import { describe, expect, it } from 'vitest';
import { framesOf, type Segment } from './segment.ts';
import { createTextShelf } from './text-shelf.ts';

const shelf = createTextShelf();
const texts = (segments: readonly Segment[]): string[] => framesOf(segments, shelf).map(String);
const shelved = (...all: string[]): Pick<Segment, 'items' | 'text'> => ({ items: all.length, text: shelf.put(all) });

describe('frames', () => {
  it('join what is of one kind, with the cursor of the last, and keep the order of kinds', () => {
    const segments: Segment[] = [
      { type: 'reports', ...shelved('1', '2'), cursor: 'e-2' },
      { type: 'reports', ...shelved('3'), cursor: 'e-"3' },
      { type: 'nodes', ...shelved('{}') },
      { type: 'removed', ...shelved('"a"') },
      { type: 'reports', ...shelved('4'), cursor: 'e-4' },
    ];

    expect(texts(segments)).toEqual([
      '{"type":"reports","cursor":"e-\\"3","reports":[1,2,3]}',
      '{"type":"nodes","nodes":[{}]}',
      '{"type":"removed","nodes":["a"]}',
      '{"type":"reports","cursor":"e-4","reports":[4]}',
    ]);
  });

  it('are none of nothing', () => {
    expect(framesOf([], shelf)).toEqual([]);
  });

  it('are UTF-8', () => {
    const [frame] = texts([{ type: 'removed', ...shelved('"Évreux \u{1F98B}"') }]);

    expect(JSON.parse(frame ?? '')).toEqual({ type: 'removed', nodes: ['Évreux \u{1F98B}'] });
  });

  it('do not grow without bound', () => {
    const text = `"${'x'.repeat(100_000)}"`;
    const many = Array.from({ length: 10 }, (_, at): Segment => ({ type: 'reports', ...shelved(text), cursor: `e-${at}` }));

    const frames = framesOf(many, shelf);

    expect(frames.map((frame) => (JSON.parse(String(frame)) as { cursor: string }).cursor)).toEqual([
      'e-1',
      'e-3',
      'e-5',
      'e-7',
      'e-9',
    ]);
  });
});
