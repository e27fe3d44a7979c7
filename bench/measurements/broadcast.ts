import { aim, type BenchOptions, type Measurement, NONE, ms, ratioOf, type Row } from '../measurement.ts';
import { runLoad, type Server } from '../processes.ts';
import { builtProgram } from '../programs.ts';
import { startNester, startYardstick, withServer } from '../servers.ts';
import type { Latencies } from '../statistics.ts';
import { median } from '../statistics.ts';

interface Delivered extends Latencies {
  missing: number;
  outOfOrder: number;
  surprises: number;
}

const VIEWERS = 1000;
const PER_SECOND = 100;
const WARMUP_SECONDS = 3;
const startBare = (dataFolder: string): Promise<Server> => startYardstick('bare-broadcast', dataFolder);

export const broadcast: Measurement = {
  name: 'broadcast',
  title: 'Showing reports',
  about: `${VIEWERS} viewers in one other process, ${PER_SECOND} reports a second from one agent, from sending to being received. Yardstick: bare \`ws\` that gathers for 50 ms, sends to everyone, and stores nothing.`,
  async run({ runs, seconds }: BenchOptions): Promise<Row[]> {
    const ours: Delivered[] = [];
    const bare: Delivered[] = [];
    const measure = async (server: Server): Promise<Delivered> =>
      (await runLoad(builtProgram('load/viewers'), { url: server.url, viewers: VIEWERS, perSecond: PER_SECOND, seconds, warmupSeconds: WARMUP_SECONDS })) as Delivered;
    for (let run = 0; run < runs; run++) {
      bare.push(await withServer(startBare, measure));
      ours.push(await withServer(startNester, measure));
    }
    const middle = (results: readonly Delivered[], key: 'p50' | 'p99'): number => median(results.map((result) => result[key]));
    const worst = (results: readonly Delivered[]): string =>
      `${Math.max(...results.map(({ missing }) => missing))} / ${Math.max(...results.map(({ outOfOrder }) => outOfOrder))}`;
    const complete = ours.every(({ missing, outOfOrder, surprises }) => missing === 0 && outOfOrder === 0 && surprises === 0);
    const p99 = middle(ours, 'p99');
    return [
      {
        what: 'time to the viewer, p50',
        nester: ms(middle(ours, 'p50')),
        yardstick: ms(middle(bare, 'p50')),
        ratio: ratioOf(middle(ours, 'p50'), middle(bare, 'p50')),
        aim: NONE,
      },
      {
        what: 'time to the viewer, p99',
        nester: ms(p99),
        yardstick: ms(middle(bare, 'p99')),
        ratio: ratioOf(p99, middle(bare, 'p99')),
        aim: aim('under 250 ms', p99 < 250),
      },
      {
        what: `missing / out of order, of ${(VIEWERS * PER_SECOND * (WARMUP_SECONDS + seconds)).toLocaleString('en-US')}, worst run`,
        nester: worst(ours),
        yardstick: worst(bare),
        ratio: NONE,
        aim: aim('none', complete),
      },
    ];
  },
};
