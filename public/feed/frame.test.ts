import { describe, expect, it } from 'vitest';
import { decodeFrame } from './frame.ts';

describe('frame', () => {
  it.each([
    '{"type":"snapshot","protocol":1,"cursor":"a-1","serverTime":5,"nodes":[]}',
    '{"type":"reports","cursor":"a-2","reports":[]}',
    '{"type":"nodes","nodes":[]}',
    '{"type":"removed","nodes":["a"]}',
    '{"type":"error","message":"unknown type"}',
  ])('reads %s', (text) => {
    expect(decodeFrame(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['a type it does not know', '{"type":"weather","nodes":[]}'],
    ['a type that is a property of every object', '{"type":"constructor","nodes":[]}'],
    ['a frame without its list', '{"type":"nodes"}'],
    ['a list that is none', '{"type":"reports","cursor":"a","reports":{"length":1}}'],
    ['no type', '{"nodes":[]}'],
    ['no object', '"nodes"'],
    ['null', 'null'],
    ['half a frame', '{"type":"nodes","nod'],
    ['nothing', ''],
  ])('ignores %s', (_what, text) => {
    expect(decodeFrame(text)).toBeUndefined();
  });
});
