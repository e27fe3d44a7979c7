/**
 * What chance allows: the counts that `trials` independent events of probability `p` stay within,
 * both ends included, except with a probability of at most `1 - confidence`, half of it on each
 * side. Exact, by the binomial distribution.
 */
export function binomialInterval(trials: number, p: number, confidence: number): { least: number; most: number } {
  const tail = (1 - confidence) / 2;
  const chances = binomialChances(trials, p);
  return { least: firstBeyond(chances, tail), most: trials - firstBeyond(chances.toReversed(), tail) };
}

/** The first index up to which, itself included, the chances add up to more than `tail`. */
function firstBeyond(chances: readonly number[], tail: number): number {
  let sum = 0;
  return chances.findIndex((chance) => (sum += chance) > tail);
}

/** The chance of each count from 0 to `trials`. In logarithms: the factors leave the range of a number. */
function binomialChances(trials: number, p: number): number[] {
  let logChoose = 0;
  return Array.from({ length: trials + 1 }, (_, count) => {
    if (count > 0) logChoose += Math.log((trials - count + 1) / count);
    return Math.exp(logChoose + count * Math.log(p) + (trials - count) * Math.log(1 - p));
  });
}
