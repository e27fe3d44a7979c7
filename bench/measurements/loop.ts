import { aim, type Measurement, ms, NONE, type Row } from '../measurement.ts';
import { probes } from '../servers.ts';
import { median } from '../statistics.ts';

/** With fewer, a p99 is no more than one of the latest. */
const LEAST_LOOKS = 500;

/** After all others: of what was measured before. */
export const loop: Measurement = {
  name: 'loop',
  title: 'The event loop',
  about: `How late the event loop of each Nester above was (\`monitorEventLoopDelay\`), from when it was ready on; anew from each time that its memory was looked at, since that makes it collect garbage. Of each measurement the p99 of the median stretch and of the worst, and the latest of all. A stretch of less than ${LEAST_LOOKS} looks has no p99.`,
  run(): Promise<Row[]> {
    return Promise.resolve(
      Array.from(probes, ([name, of]): Row => {
        const p99s = of.filter(({ looks }) => looks >= LEAST_LOOKS).map((probe) => probe.p99);
        const latest = ms(Math.max(0, ...of.map((probe) => probe.max)));
        const what = `${name}, ${p99s.length} stretches: p99, median / worst / at the latest`;
        const row = { what, yardstick: NONE, ratio: NONE };
        if (p99s.length === 0) return { ...row, nester: `${NONE} / ${NONE} / ${latest}`, aim: NONE };
        return { ...row, nester: `${ms(median(p99s))} / ${ms(Math.max(...p99s))} / ${latest}`, aim: aim('median p99 under 25 ms', median(p99s) < 25) };
      }),
    );
  },
};
