import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { aim, type BenchOptions, type Measurement, ms, NONE, ratioOf, type Row } from '../measurement.ts';
import { runLoad, type Server } from '../processes.ts';
import { builtProgram, makeDataFolder } from '../programs.ts';
import { startNester, untilAtRest } from '../servers.ts';
import { reportText } from '../load/report-template.ts';
import { type Latencies, median } from '../statistics.ts';

const NODES = 10_000;
const MINUTE_MS = 60_000;
/** Every so many reports there is one that carries the hosts of the LAN. */
const SCAN_EVERY = 10;
const HOSTS = 30;
const ASKS = 15;

interface Asked {
  bytes: number;
  answer: Latencies;
  others: Latencies;
}

export const rewind: Measurement = {
  name: 'rewind',
  title: 'The fleet as it was',
  about:
    'The state of 10,000 nodes at a moment of the past, `GET /api/nodes?at=`, from the reports kept: one a minute of each node, every tenth with a LAN of 30 hosts, spread over the minute; asked when the work after the start is over. Yardstick: `GET /api/nodes`, the same for now, which is in memory. Others: the longest that a request for next to nothing had to wait meanwhile.',
  async run(options: BenchOptions): Promise<Row[]> {
    const rounds = Math.max(2, Math.floor(options.reports / NODES));
    const newestMs = Date.now() - 5 * MINUTE_MS;
    const dataFolder = makeDataFolder();
    await fill(join(dataFolder, 'data.json'), rounds, newestMs);
    const server = await startNester(dataFolder);
    await untilAtRest(server);
    const times: [string, number][] = [
      ['half way back', newestMs - (rounds / 2) * MINUTE_MS],
      ['at the oldest reports', newestMs - (rounds - 2) * MINUTE_MS],
    ];
    const rows: Row[] = [];
    const now = await measure(server, '/api/nodes', options.runs);
    for (const [what, atMs] of times) {
      const then = await measure(server, `/api/nodes?at=${Math.round(atMs)}`, options.runs);
      rows.push(
        {
          what: `${what}, with ${(rounds * NODES).toLocaleString('en-US')} reports kept`,
          nester: ms(then.answer),
          yardstick: ms(now.answer),
          ratio: ratioOf(then.answer, now.answer),
          aim: aim('under 150 ms', then.answer < 150),
        },
        { what: 'others meanwhile, at the longest', nester: ms(then.others), yardstick: ms(now.others), ratio: NONE, aim: NONE },
      );
    }
    await server.stop();
    return rows;
  },
};

async function measure(server: Server, path: string, runs: number): Promise<{ answer: number; others: number }> {
  const asked: Asked[] = [];
  for (let run = 0; run < runs; run++) asked.push((await runLoad(builtProgram('load/asks'), { url: server.url, path, times: ASKS })) as Asked);
  return { answer: median(asked.map(({ answer }) => answer.p50)), others: median(asked.map(({ others }) => others.max)) };
}

/** A data.json of one report a minute of each node, in order of receipt. */
async function fill(path: string, rounds: number, newestMs: number): Promise<void> {
  const file = createWriteStream(path);
  const hosts = Array.from({ length: HOSTS }, (_, n) => ({ ip: `10.20.30.${n + 1}`, mac: `02:00:00:00:00:${String(n + 10)}`, vendor: 'Vendor', name: `host-${n}` }));
  const scan = `,"hosts":${JSON.stringify(hosts)}`;
  file.write('[\n');
  for (let round = 0; round < rounds; round++) {
    const lines: string[] = [];
    for (let node = 0; node < NODES; node++) {
      const atMs = newestMs - Math.round((rounds - 1 - round) * MINUTE_MS + (1 - node / NODES) * MINUTE_MS);
      const text = reportText(`site-${node}`, atMs).replace(`"timestamp":${atMs}`, `"timestamp":"${new Date(atMs).toISOString()}"`);
      const labelled = (node + round) % SCAN_EVERY === 0 ? text.replace(',"labels"', `${scan},"labels"`) : text;
      lines.push(`${labelled.slice(0, -1)},"receivedAt":${atMs}}`);
    }
    if (!file.write(`${round === 0 ? '' : ',\n'}${lines.join(',\n')}`)) await once(file, 'drain');
  }
  file.end('\n]\n');
  await once(file, 'close');
}
