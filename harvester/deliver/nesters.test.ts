import { describe, expect, it } from 'vitest';
import { createManualClock } from '../manual-clock.ts';
import { createNesters } from './nesters.ts';

describe('nesters', () => {
  it('are tried from the first', () => {
    expect(createNesters(['a', 'b', 'c'], createManualClock()).order()).toEqual(['a', 'b', 'c']);
  });

  it('are tried from the one that answered last, until the first is due again', async () => {
    const clock = createManualClock();
    const nesters = createNesters(['a', 'b', 'c'], clock);
    nesters.failed('a');
    nesters.answered('b');

    expect(nesters.order()).toEqual(['b', 'c', 'a']);
    await clock.advance(30_000);
    expect(nesters.order()).toEqual(['a', 'b', 'c']);

    nesters.failed('a');
    nesters.answered('b');
    expect(nesters.order()).toEqual(['b', 'c', 'a']);
  });

  it('are left out while they asked for patience', async () => {
    const clock = createManualClock();
    const nesters = createNesters(['a', 'b'], clock);

    nesters.wait('a', 5_000);
    expect(nesters.order()).toEqual(['b']);
    expect(nesters.waitMs()).toBe(0);
    nesters.wait('b', 3_000);
    expect(nesters.order()).toEqual([]);
    expect(nesters.waitMs()).toBe(3_000);

    await clock.advance(3_000);
    expect(nesters.order()).toEqual(['b']);
  });
});
