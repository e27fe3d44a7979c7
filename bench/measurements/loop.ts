import { aim, type Measurement, ms, NONE, type Row } from '../measurement.ts';
import { probes } from '../servers.ts';

/** After all others: of what was measured before. */
export const loop: Measurement = {
  name: 'loop',
  title: 'The event loop',
  about: "How late the event loop of each Nester above was (`monitorEventLoopDelay`), from when it was ready on: the worst run of each measurement.",
  run(): Promise<Row[]> {
    return Promise.resolve(
      Array.from(probes, ([name, of]): Row => {
        const p99 = Math.max(...of.map((probe) => probe.p99));
        const latest = Math.max(...of.map((probe) => probe.max));
        return { what: `${name}, ${of.length} runs: p99 / at the latest`, nester: `${ms(p99)} / ${ms(latest)}`, yardstick: NONE, ratio: NONE, aim: aim('p99 under 25 ms', p99 < 25) };
      }),
    );
  },
};
