import type { SiteWords } from '../../text/site/site-words.ts';
import type { Shares, State } from './answers.ts';

/** From bad to good, and what is not known last: the order in which they are told. */
export const STATES: readonly State[] = ['offline', 'late', 'paused', 'online', 'unknown'];

/** Percent of the time in which the node was to be there and it is known whether it was; `undefined` where there is none. */
export function availabilityPercent({ online, late, offline }: Shares): number | undefined {
  const watched = online + late + offline;
  return watched > 0 ? (100 * online) / watched : undefined;
}

/** The state a slot is shown as: its worst, for a minute of trouble must not vanish in a day of calm. `undefined` for an empty one. */
export function worstOf(shares: Shares): State | undefined {
  return STATES.find((state) => shares[state] > 0);
}

/** `online 23 hr 46 min, offline 14 min`. */
export function describeShares(shares: Shares, { site, lasting }: SiteWords): string {
  return STATES.toReversed()
    .filter((state) => shares[state] >= 1)
    .sort((a, b) => shares[b] - shares[a])
    .map((state) => `${site.availability.states[state]} ${lasting(shares[state] * 1_000)}`)
    .join(', ');
}
