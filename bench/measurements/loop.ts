import { aim, type Measurement, ms, NONE, type Row } from '../measurement.ts';
import { probes } from '../servers.ts';

/** The last: of all that was measured before. */
export const loop: Measurement = {
  name: 'loop',
  title: 'The event loop',
  about: "How late the event loop of each Nester above was (`monitorEventLoopDelay`), from two seconds after its start on.",
  run(): Promise<Row[]> {
    const p99 = Math.max(...probes.map((probe) => probe.p99));
    const row = { yardstick: NONE, ratio: NONE };
    return Promise.resolve([
      { what: `p99, the worst of ${probes.length} runs`, nester: ms(p99), ...row, aim: aim('under 25 ms', p99 < 25) },
      { what: 'at the latest', nester: ms(Math.max(...probes.map((probe) => probe.max))), ...row, aim: NONE },
    ]);
  },
};
