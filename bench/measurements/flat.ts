import { rmSync } from 'node:fs';
import { aim, type BenchOptions, type Measurement, NONE, rate, ratioOf, type Row } from '../measurement.ts';
import { runLoad, type Server } from '../processes.ts';
import { builtProgram, makeDataFolder } from '../programs.ts';
import { startNester, untilAtRest, withServer } from '../servers.ts';
import { median } from '../statistics.ts';

const NODES = 10_000;
const WARMUP_SECONDS = 10;
/** So that nothing is retired while this is measured. */
const start = (dataFolder: string): Promise<Server> => startNester(dataFolder, { NESTER_MAX_REPORTS: '20000000' });

async function posts(server: Server, seconds: number): Promise<number> {
  const parameters = { url: server.url, connections: 64, seconds, warmupSeconds: WARMUP_SECONDS };
  return ((await runLoad(builtProgram('load/posts'), parameters)) as { perSecond: number }).perSecond;
}

export const flat: Measurement = {
  name: 'flat',
  title: 'With the memory of a large fleet',
  about: `POST with 64 connections, into a Nester that keeps twice as many reports as above of ${NODES.toLocaleString('en')} nodes; the yardstick is the same into an empty one. Memory: what is resident when it is at rest, less that of an empty one, for each report kept.`,
  async run({ runs, seconds, reports: half }: BenchOptions): Promise<Row[]> {
    const reports = 2 * half;
    const folder = makeDataFolder();
    const filling = await start(folder);
    await runLoad(builtProgram('load/batches'), { url: filling.url, reports, nodes: NODES, newestMs: Date.now() - 60_000 });
    await filling.stop();
    const [full, empty, bytes]: [number[], number[], number[]] = [[], [], []];
    for (let run = 0; run < runs; run++) {
      let emptyMiB = NaN;
      empty.push(
        await withServer(start, async (server) => {
          await untilAtRest(server);
          emptyMiB = server.memory()?.residentMiB ?? NaN;
          return posts(server, seconds);
        }),
      );
      const server = await start(folder);
      await untilAtRest(server);
      // Later runs keep what earlier ones have sent, too; that is little.
      bytes.push((((server.memory()?.residentMiB ?? NaN) - emptyMiB) * 1024 * 1024) / reports);
      full.push(await posts(server, seconds));
      await server.stop();
    }
    rmSync(folder, { recursive: true, force: true });
    const [rateFull, rateEmpty] = [median(full), median(empty)];
    return [
      {
        what: `POST, 64 connections, with ${reports.toLocaleString('en')} reports kept`,
        nester: rate(rateFull),
        yardstick: rate(rateEmpty),
        ratio: ratioOf(rateFull, rateEmpty),
        aim: aim('at least 0.9', rateFull >= 0.9 * rateEmpty),
      },
      {
        what: 'memory of a report kept',
        nester: `${Math.round(median(bytes))} bytes`,
        yardstick: NONE,
        ratio: NONE,
        aim: aim('at most 120 bytes', median(bytes) <= 120),
      },
    ];
  },
};
