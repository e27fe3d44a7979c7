import { aim, type BenchOptions, type Measurement, NONE, ms, rate, ratioOf, type Row } from '../measurement.ts';
import { runLoad, type Server } from '../processes.ts';
import { builtProgram } from '../programs.ts';
import { startNester, startYardstick, withServer } from '../servers.ts';
import { median } from '../statistics.ts';

interface Throughput {
  perSecond: number;
  p50: number;
  p99: number;
  /** Processor time of the server per report, microseconds. */
  processorMicros: number;
}

const WARMUP_SECONDS = 10;
const startBare = (dataFolder: string): Promise<Server> => startYardstick('bare-http-append', dataFolder);

async function posts(server: Server, connections: number, seconds: number, viewers = 0): Promise<Throughput> {
  const parameters = { url: server.url, connections, seconds, warmupSeconds: WARMUP_SECONDS, viewers };
  const before = server.processorMs();
  const measured = (await runLoad(builtProgram('load/posts'), parameters)) as Omit<Throughput, 'processorMicros'> & { total: number };
  return { ...measured, processorMicros: ((server.processorMs() - before) * 1000) / measured.total };
}

async function agents(server: Server, seconds: number): Promise<number> {
  const parameters = { url: server.url, sockets: 50, inFlight: 64, seconds, warmupSeconds: WARMUP_SECONDS };
  const { perSecond } = (await runLoad(builtProgram('load/agents'), parameters)) as { perSecond: number };
  return perSecond;
}

/** By the middle throughput; its latencies belong to the same run. */
function middle(runs: readonly Throughput[]): Throughput {
  const perSecond = median(runs.map((run) => run.perSecond));
  return runs.find((run) => run.perSecond === perSecond) ?? { perSecond, p50: NaN, p99: NaN, processorMicros: NaN };
}

export const ingest: Measurement = {
  name: 'ingest',
  title: 'Taking reports',
  about:
    'Reports of 300 bytes, each acknowledged once it is on disk; one page is open and gets them all. Yardstick: bare `node:http`, `JSON.parse`, one write and one fdatasync at a time for everything that waits; no page.',
  async run({ runs, seconds }: BenchOptions): Promise<Row[]> {
    const results = { many: [[], []], one: [[], []], agents: [] } as {
      many: [Throughput[], Throughput[]];
      one: [Throughput[], Throughput[]];
      agents: number[];
    };
    for (let run = 0; run < runs; run++) {
      results.many[1].push(await withServer(startBare, (server) => posts(server, 64, seconds)));
      results.many[0].push(await withServer(startNester, (server) => posts(server, 64, seconds, 1)));
      results.agents.push(await withServer(startNester, (server) => agents(server, seconds)));
      results.one[1].push(await withServer(startBare, (server) => posts(server, 1, seconds)));
      results.one[0].push(await withServer(startNester, (server) => posts(server, 1, seconds, 1)));
    }
    const [many, bareMany] = [middle(results.many[0]), middle(results.many[1])];
    const [one, bareOne] = [middle(results.one[0]), middle(results.one[1])];
    const bySocket = median(results.agents);
    return [
      {
        what: 'POST, 64 connections',
        nester: rate(many.perSecond),
        yardstick: rate(bareMany.perSecond),
        ratio: ratioOf(many.perSecond, bareMany.perSecond),
        aim: aim('at least 0.8', many.perSecond >= 0.8 * bareMany.perSecond),
      },
      { ...latencyRow('POST, 64 connections', many, bareMany), aim: aim('p99 at most 1.5', many.p99 <= 1.5 * bareMany.p99) },
      {
        what: 'POST, 64 connections: processor time per report',
        nester: `${Math.round(many.processorMicros)} µs`,
        yardstick: `${Math.round(bareMany.processorMicros)} µs`,
        ratio: ratioOf(many.processorMicros, bareMany.processorMicros),
        aim: NONE,
      },
      {
        what: 'POST, 1 connection',
        nester: rate(one.perSecond),
        yardstick: rate(bareOne.perSecond),
        ratio: ratioOf(one.perSecond, bareOne.perSecond),
        aim: aim('at least 0.8', one.perSecond >= 0.8 * bareOne.perSecond),
      },
      latencyRow('POST, 1 connection', one, bareOne),
      {
        what: '50 agents, 64 in flight; beside our own POST with 64 connections',
        nester: rate(bySocket),
        yardstick: rate(many.perSecond),
        ratio: ratioOf(bySocket, many.perSecond),
        aim: aim('at least 2', bySocket >= 2 * many.perSecond),
      },
    ];
  },
};

function latencyRow(what: string, nester: Throughput, yardstick: Throughput): Row {
  return {
    what: `${what}: time to the answer, p50 / p99`,
    nester: `${ms(nester.p50)} / ${ms(nester.p99)}`,
    yardstick: `${ms(yardstick.p50)} / ${ms(yardstick.p99)}`,
    ratio: `${ratioOf(nester.p50, yardstick.p50)} / ${ratioOf(nester.p99, yardstick.p99)}`,
    aim: NONE,
  };
}
