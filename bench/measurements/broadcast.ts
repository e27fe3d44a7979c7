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

interface Crowd {
  what: string;
  viewers: number;
  perSecond: number;
  by: 'post' | 'socket';
  /** Of the yardstick. */
  gatherMs: number;
  aims: (ours: Latencies, bare: Latencies) => { p50?: string; p99?: string };
}

const CROWDS: Crowd[] = [
  {
    what: 'one viewer, 20 POSTs/s',
    viewers: 1,
    perSecond: 20,
    by: 'post',
    gatherMs: 0,
    aims: (ours, bare) => ({ p50: aim('at most 2 ms more', ours.p50 <= bare.p50 + 2) }),
  },
  {
    what: '1,000 viewers, 90 reports/s',
    viewers: 1000,
    perSecond: 90,
    by: 'socket',
    gatherMs: 50,
    aims: (ours, bare) => ({ p99: aim('at most 1.5', ours.p99 <= 1.5 * bare.p99) }),
  },
  {
    what: '10 viewers, 5,000 reports/s',
    viewers: 10,
    perSecond: 5000,
    by: 'socket',
    gatherMs: 50,
    aims: (ours) => ({ p99: aim('at most 150 ms', ours.p99 <= 150) }),
  },
];
const WARMUP_SECONDS = 3;

export const broadcast: Measurement = {
  name: 'broadcast',
  title: 'Showing reports',
  about:
    'Viewers in one other process, reports at a steady rate from one connection, from sending to being received. Yardstick: bare `ws` that gathers for 50 ms (for one viewer, not at all), sends to everyone, and stores nothing.',
  async run(options: BenchOptions): Promise<Row[]> {
    const rows: Row[] = [];
    for (const crowd of CROWDS) rows.push(...(await rowsOf(crowd, options)));
    return rows;
  },
};

async function rowsOf({ what, viewers, perSecond, by, gatherMs, aims }: Crowd, { runs, seconds }: BenchOptions): Promise<Row[]> {
  const ours: Delivered[] = [];
  const bare: Delivered[] = [];
  const measure = async (server: Server): Promise<Delivered> =>
    (await runLoad(builtProgram('load/viewers'), { url: server.url, viewers, perSecond, by, seconds, warmupSeconds: WARMUP_SECONDS })) as Delivered;
  for (let run = 0; run < runs; run++) {
    bare.push(await withServer((folder) => startYardstick('bare-broadcast', folder, String(gatherMs)), measure));
    ours.push(await withServer(startNester, measure));
  }
  const middle = (results: readonly Delivered[]): Latencies => ({ p50: median(results.map(({ p50 }) => p50)), p99: median(results.map(({ p99 }) => p99)), max: NaN });
  const worst = (results: readonly Delivered[]): string => `${Math.max(...results.map(({ missing }) => missing))} / ${Math.max(...results.map(({ outOfOrder }) => outOfOrder))}`;
  const complete = ours.every(({ missing, outOfOrder, surprises }) => missing === 0 && outOfOrder === 0 && surprises === 0);
  const [our, their] = [middle(ours), middle(bare)];
  const met = aims(our, their);
  const row = (part: 'p50' | 'p99'): Row => ({
    what: `${what}: time to the viewer, ${part}`,
    nester: ms(our[part]),
    yardstick: ms(their[part]),
    ratio: ratioOf(our[part], their[part]),
    aim: met[part] ?? NONE,
  });
  return [
    row('p50'),
    row('p99'),
    {
      what: `missing / out of order, of ${(viewers * perSecond * (WARMUP_SECONDS + seconds)).toLocaleString('en-US')}, worst run`,
      nester: worst(ours),
      yardstick: worst(bare),
      ratio: NONE,
      aim: aim('none', complete),
    },
  ];
}
