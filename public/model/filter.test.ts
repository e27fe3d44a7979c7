import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../protocol/node-state.ts';
import { aState } from './row-builders.ts';
import { matcher } from './filter.ts';
import { EVERYTHING, toggled } from './query.ts';

function finds(text: string, state: Partial<NodeState>): boolean {
  return matcher({ ...EVERYTHING, text })(aState(state));
}

describe('filter', () => {
  it.each([
    ['a part of the name', 'yon-0', { node: 'lyon-01' }],
    ['any case', 'LYON', { node: 'lyon-01' }],
    ['words without their accents', 'meteo', { node: 'Météo-Nord' }],
    ['words with accents the name has not', 'météo', { node: 'meteo-nord' }],
    ['a part of the address', '0.0.7', { ip: '10.0.0.7' }],
    ['the value of a label', 'retail', { labels: { group: 'retail' } }],
    ['the name of a label', 'group', { labels: { group: 'retail' } }],
    ['a label as it is written', 'city: Lyon', { labels: { city: 'Lyon' } }],
    ['all words, wherever they are', 'retail lyon', { node: 'lyon-01', labels: { group: 'retail' } }],
    ['everything when only spaces are typed', '  ', {}],
  ])('finds by %s', (_what, text, state) => {
    expect(finds(text, state)).toBe(true);
  });

  it.each([
    ['when one of the words is nowhere', 'lyon depot', { node: 'lyon-01' }],
    ['by words that only touch across name and address', '0110', { node: 'lyon-01', ip: '10.0.0.7' }],
    ['by the status', 'online', { node: 'lyon-01' }],
    ['by what would be a pattern', '.*', { node: 'lyon-01', ip: null }],
  ])('does not find %s', (_what, text, state) => {
    expect(finds(text, state)).toBe(false);
  });

  it('takes any of the chosen statuses, and all when none is chosen', () => {
    const late = toggled(EVERYTHING, 'late');
    const lateOrOffline = toggled(late, 'offline');
    const none = toggled(toggled(lateOrOffline, 'late'), 'offline');

    const found = [late, lateOrOffline, none].map((query) =>
      (['offline', 'late', 'online'] as const).filter((status) => matcher(query)(aState({ status }))),
    );

    expect(found).toEqual([['late'], ['offline', 'late'], ['offline', 'late', 'online']]);
  });
});
