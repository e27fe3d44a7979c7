import { patienceMs } from './due.ts';

/**
 * Since when a node that is taken for online has been so, as far as its last reports tell:
 * back through them until a hole that would have made it late. Counted back from the time of
 * receipt, because the site's own clock may be wrong.
 *
 * @param times of measurement, epoch ms, newest first
 */
export function onlineSince(receivedAtMs: number, times: readonly number[], intervalSeconds: number): number {
  const patience = patienceMs(intervalSeconds);
  let span = 0;
  let newer = times[0];
  for (const time of times) {
    if (newer === undefined || newer - time > patience) break;
    span += newer - time;
    newer = time;
  }
  return receivedAtMs - span;
}
