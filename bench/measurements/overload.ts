import { aim, type BenchOptions, type Measurement, mebibytes, ms, NONE, type Row } from '../measurement.ts';
import { runLoad, type Server } from '../processes.ts';
import { builtProgram } from '../programs.ts';
import { startNester, withServer } from '../servers.ts';
import { median } from '../statistics.ts';

const CONNECTIONS = 4_000;
const SECONDS = 60;
const WARMUP_SECONDS = 5;

interface Overload {
  p99: number;
  peakMiB: number;
  lost: number;
}

async function measure(server: Server): Promise<Overload> {
  const { p99, total } = (await runLoad(builtProgram('load/posts'), { url: server.url, connections: CONNECTIONS, seconds: SECONDS, warmupSeconds: WARMUP_SECONDS })) as { p99: number; total: number };
  const peakMiB = server.memory()?.peakMiB ?? NaN;
  const { lines } = (await runLoad(builtProgram('load/download'), { url: `${server.url}/api/reports` })) as { lines: number };
  return { p99, peakMiB, lost: Math.max(0, total - lines) };
}

export const overload: Measurement = {
  name: 'overload',
  title: 'More than it can take',
  about: `${CONNECTIONS.toLocaleString('en')} connections that each send the next report as soon as the last is acknowledged, for ${SECONDS} s: whatever the machine can do is asked of it, and more waits. Lost: acknowledged, and not in \`GET /api/reports\` afterwards.`,
  async run({ runs }: BenchOptions): Promise<Row[]> {
    const results: Overload[] = [];
    // Each takes a minute: three say as much as they need to.
    for (let run = 0; run < Math.min(3, runs); run++) results.push(await withServer((folder) => startNester(folder, { NESTER_MAX_REPORTS: '20000000' }), measure));
    const p99 = median(results.map((result) => result.p99));
    const peakMiB = Math.max(...results.map((result) => result.peakMiB));
    const lost = Math.max(...results.map((result) => result.lost));
    const row = { yardstick: NONE, ratio: NONE };
    return [
      { what: 'time to the acknowledgement, p99', nester: ms(p99), ...row, aim: aim('under 1 s', p99 < 1_000) },
      { what: 'highest resident memory, worst run', nester: mebibytes(peakMiB), ...row, aim: aim('under 500 MiB', peakMiB < 500) },
      { what: 'acknowledged and lost, worst run', nester: String(lost), ...row, aim: aim('none', lost === 0) },
    ];
  },
};
