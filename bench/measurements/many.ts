import { aim, type BenchOptions, type Measurement, rate, ratioOf, type Row } from '../measurement.ts';
import { runLoad, type Server } from '../processes.ts';
import { builtProgram } from '../programs.ts';
import { startNester, startYardstick, withServer } from '../servers.ts';
import { median } from '../statistics.ts';

const WARMUP_SECONDS = 5;
const SOCKETS = 1000;
async function run(program: string, parameters: object): Promise<number> {
  return ((await runLoad(builtProgram(program), parameters)) as { perSecond: number }).perSecond;
}

export const many: Measurement = {
  name: 'many',
  title: 'Taking many reports at once',
  about: `Reports of 300 bytes, durable: \`POST /api/reports\` with 1,000 at a time on 4 connections; and ${SOCKETS.toLocaleString('en')} agents' sockets with 16 in flight each. Yardsticks: bare \`node:http\` that takes the same 1,000, parses each, appends the bytes and syncs; and bare \`ws\` that does so with the same frames. The aim is 100,000/s, or 0.6 of the yardstick where that is lower.`,
  async run({ runs, seconds }: BenchOptions): Promise<Row[]> {
    const batch = (server: Server): Promise<number> => run('load/batch-posts', { url: server.url, connections: 4, seconds, warmupSeconds: WARMUP_SECONDS });
    const socket = (server: Server): Promise<number> => run('load/agents', { url: server.url, sockets: SOCKETS, inFlight: 16, seconds, warmupSeconds: WARMUP_SECONDS });
    const bare = (name: string) => (dataFolder: string): Promise<Server> => startYardstick(name, dataFolder);
    const batches: [number[], number[]] = [[], []];
    const sockets: [number[], number[]] = [[], []];
    for (let round = 0; round < runs; round++) {
      batches[1].push(await withServer(bare('bare-batch-append'), batch));
      batches[0].push(await withServer(startNester, batch));
      sockets[1].push(await withServer(bare('bare-agents-append'), socket));
      sockets[0].push(await withServer(startNester, socket));
    }
    return [
      ['batches of 1,000', batches] as const,
      [`${SOCKETS.toLocaleString('en')} agents' sockets`, sockets] as const,
    ].map(([what, [nester, yardstick]]) => {
      const [perSecond, barePerSecond] = [median(nester), median(yardstick)];
      const least = Math.min(100_000, 0.6 * barePerSecond);
      return {
        what,
        nester: rate(perSecond),
        yardstick: rate(barePerSecond),
        ratio: ratioOf(perSecond, barePerSecond),
        aim: aim(`at least ${rate(least)}`, perSecond >= least),
      };
    });
  },
};
