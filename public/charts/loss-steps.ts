/**
 * Loss in steps, each with a colour of its own: 0 is none at all, the last is everything.
 * One lost packet of twenty, of ten, of four: so people who send so many see one step each.
 */
export const LOSS_STEPS = [0, 5, 10, 25, 50, 99.999, 100] as const;

/** The step of a loss in percent, 0 to 6. What was not measured counts as none: there was an answer. */
export function lossStep(percent: number | null | undefined): number {
  if (percent === null || percent === undefined || percent <= 0) return 0;
  const step = LOSS_STEPS.findIndex((limit) => percent <= limit);
  return step < 0 ? LOSS_STEPS.length - 1 : step;
}
