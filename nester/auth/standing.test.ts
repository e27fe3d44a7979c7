import { describe, expect, it } from 'vitest';
import { createStanding } from './standing.ts';

function aGrant() {
  return { holder: 'key lyon', mayWrite: () => true, isGood: true, stands: (): boolean => grant.isGood };
}
let grant: ReturnType<typeof aGrant>;

describe('those who stay', () => {
  it('are told once, when what they were granted ends', () => {
    const standing = createStanding();
    grant = aGrant();
    let told = 0;
    standing.hold(grant, () => told++);
    standing.check();
    expect(told).toBe(0);

    grant.isGood = false;
    standing.check();
    standing.check();

    expect(told).toBe(1);
  });

  it('are told nothing once they have left', () => {
    const standing = createStanding();
    grant = aGrant();
    let told = 0;
    const leave = standing.hold(grant, () => told++);

    leave();
    grant.isGood = false;
    standing.check();

    expect(told).toBe(0);
  });
});
