import { aim, type BenchOptions, type Measurement, mebibytes, ms, NONE, rate, type Row } from '../measurement.ts';
import { runLoad, startServer } from '../processes.ts';
import { builtProgram, nesterProgram } from '../programs.ts';
import { withServer } from '../servers.ts';
import { median } from '../statistics.ts';

const CROWD = { slow: 1_000, halfOpen: 1_000, deaf: 100, floods: 64, from: '127.0.0.2' };
const HONEST = { connections: 8, perSecond: 100, from: '127.0.0.3' };
/** Until the crowd is there. */
const WARMUP_SECONDS = 5;
const MOST_MS = 250;
const MOST_MIB = 400;

/** As it is started by somebody who changes nothing: with all its limits. */
const startAsItIs = (dataFolder: string) =>
  startServer(nesterProgram, [], { NESTER_HOST: '127.0.0.1', NESTER_PORT: '0', NESTER_DATA_DIR: dataFolder, NESTER_LOG_LEVEL: 'warn' });

async function honest(withCrowd: boolean, seconds: number): Promise<{ p50: number; p99: number; flood: number; peakMiB: number }> {
  return withServer(startAsItIs, async (server) => {
    const { url } = server;
    const crowd = withCrowd ? runLoad(builtProgram('load/hostile'), { url, seconds: seconds + WARMUP_SECONDS + 1, ...CROWD }) : Promise.resolve({ perSecond: 0 });
    const posts = runLoad(builtProgram('load/posts'), { url, seconds, warmupSeconds: WARMUP_SECONDS, ...HONEST });
    const [{ p50, p99 }, { perSecond }] = (await Promise.all([posts, crowd])) as [{ p50: number; p99: number }, { perSecond: number }];
    return { p50, p99, flood: perSecond, peakMiB: server.memory()?.peakMiB ?? NaN };
  });
}

export const hostileLoad: Measurement = {
  name: 'hostile',
  title: 'Among those who mean harm',
  about: `Honest reports from one address, ${HONEST.perSecond} a second, while another has ${CROWD.slow.toLocaleString('en')} slow connections, ${CROWD.halfOpen.toLocaleString('en')} half-open upgrades and ${CROWD.deaf} pages that never read, and floods Nester with invalid reports on ${CROWD.floods} connections. The yardstick is the same without all that. All load shares one core.`,
  async run({ runs, seconds }: BenchOptions): Promise<Row[]> {
    const among: Awaited<ReturnType<typeof honest>>[] = [];
    const alone: Awaited<ReturnType<typeof honest>>[] = [];
    for (let run = 0; run < runs; run++) {
      alone.push(await honest(false, seconds));
      among.push(await honest(true, seconds));
    }
    const p99 = median(among.map((run) => run.p99));
    const peakMiB = Math.max(...among.map((run) => run.peakMiB));
    return [
      {
        what: 'time to the acknowledgement, p50 / p99',
        nester: `${ms(median(among.map((run) => run.p50)))} / ${ms(p99)}`,
        yardstick: `${ms(median(alone.map((run) => run.p50)))} / ${ms(median(alone.map((run) => run.p99)))}`,
        ratio: NONE,
        aim: aim(`p99 under ${MOST_MS} ms`, p99 < MOST_MS),
      },
      { what: 'invalid reports answered meanwhile', nester: rate(median(among.map((run) => run.flood))), yardstick: NONE, ratio: NONE, aim: NONE },
      { what: 'highest resident memory, worst run', nester: mebibytes(peakMiB), yardstick: mebibytes(Math.max(...alone.map((run) => run.peakMiB))), ratio: NONE, aim: aim(`under ${MOST_MIB} MiB`, peakMiB < MOST_MIB) },
    ];
  },
};
