import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { reportText } from '../load/report-template.ts';
import { aim, type BenchOptions, type Measurement, ms, NONE, type Row } from '../measurement.ts';
import { runLoad } from '../processes.ts';
import { builtProgram, makeDataFolder } from '../programs.ts';
import { startNester } from '../servers.ts';
import { type Latencies, median } from '../statistics.ts';

const NODE = 'site-0';
/** Two a second: a million fit into the usual retention. */
const GAP_MS = 500;
const ASKS = 15;
const LINES_AT_ONCE = 10_000;

interface Asked {
  answer: Latencies;
  others: Latencies;
}

export const history: Measurement = {
  name: 'history',
  title: 'Charts',
  about:
    'One node with so many reports, all of them kept: `GET /api/nodes/:node/history?points=500` over all of them. Others: the longest that a request for next to nothing had to wait meanwhile.',
  async run({ reports, runs }: BenchOptions): Promise<Row[]> {
    const newestMs = Date.now() - 60_000;
    const firstMs = newestMs - (reports - 1) * GAP_MS;
    const dataFolder = makeDataFolder();
    await fill(join(dataFolder, 'data.json'), reports, firstMs);
    const server = await startNester(dataFolder);
    const path = `/api/nodes/${NODE}/history?points=500&from=${firstMs}&to=${newestMs}`;
    const asked: Asked[] = [];
    for (let run = 0; run < runs; run++) asked.push((await runLoad(builtProgram('load/asks'), { url: server.url, path, times: ASKS })) as Asked);
    await server.stop();
    const p50 = median(asked.map(({ answer }) => answer.p50));
    const others = median(asked.map((run) => run.others.max));
    return [
      {
        what: `500 points of ${reports.toLocaleString('en-US')} reports`,
        nester: ms(p50),
        yardstick: NONE,
        ratio: NONE,
        aim: aim('under 100 ms', p50 < 100),
      },
      { what: 'others meanwhile, at the longest', nester: ms(others), yardstick: NONE, ratio: NONE, aim: NONE },
    ];
  },
};

/** A data.json of one node's reports, in order of receipt. */
async function fill(path: string, reports: number, firstMs: number): Promise<void> {
  const file = createWriteStream(path);
  file.write('[\n');
  for (let at = 0; at < reports; at += LINES_AT_ONCE) {
    const lines: string[] = [];
    for (let n = at; n < Math.min(reports, at + LINES_AT_ONCE); n++) {
      const atMs = firstMs + n * GAP_MS;
      const text = reportText(NODE, atMs).replace(`"timestamp":${atMs}`, `"timestamp":"${new Date(atMs).toISOString()}"`);
      lines.push(`${text.slice(0, -1)},"receivedAt":${atMs}}`);
    }
    if (!file.write(`${at === 0 ? '' : ',\n'}${lines.join(',\n')}`)) await once(file, 'drain');
  }
  file.end('\n]\n');
  await once(file, 'close');
}
