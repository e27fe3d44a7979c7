import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { aim, type BenchOptions, type Measurement, ms, NONE, rate, ratioOf, type Row } from '../measurement.ts';
import { runLoad, type Server, timeProgram } from '../processes.ts';
import { builtProgram, makeDataFolder } from '../programs.ts';
import { type MeasuredNester, startNester, untilAtRest, withServer } from '../servers.ts';
import { type Latencies, median } from '../statistics.ts';

const NODES = 10_000;
const WARMUP_SECONDS = 10;
const ASKS = 200;
const newestMs = Date.now() - 60_000;

/** So that nothing is retired while this is measured. */
const start = (dataFolder: string): Promise<MeasuredNester> => startNester(dataFolder, { NESTER_MAX_REPORTS: '20000000' });

/** A data folder with so many reports, as a Nester left it; all of it is on disk, so that nobody pays for that later. */
export async function fillFleet(reports: number, nodes: number): Promise<string> {
  const folder = makeDataFolder();
  const server = await start(folder);
  await runLoad(builtProgram('load/batches'), { url: server.url, reports, nodes, newestMs });
  await server.stop();
  spawnSync('sync');
  return folder;
}

async function posts(server: Server, seconds: number): Promise<{ perSecond: number; total: number }> {
  const parameters = { url: server.url, connections: 64, seconds, warmupSeconds: WARMUP_SECONDS };
  return (await runLoad(builtProgram('load/posts'), parameters)) as { perSecond: number; total: number };
}

/** Median ms until the reports of one node were there. */
async function askForOne(server: Server): Promise<number> {
  const parameters = { url: server.url, path: '/api/reports?node=site-0', times: ASKS };
  return ((await runLoad(builtProgram('load/asks'), parameters)) as { answer: Latencies }).answer.p50;
}

interface Flat {
  sent: number;
  startMs: number;
  lineByLineMs: number;
  bytes: number;
  oneMs: number;
  oneAloneMs: number;
  perSecond: number;
  perSecondEmpty: number;
}

async function measure(folder: string, aloneFolder: string, kept: number, seconds: number): Promise<Flat> {
  const lineByLineMs = await timeProgram(builtProgram('yardsticks/read-lines'), [folder]);
  const full = await start(folder);
  const startMs = full.readyMs;
  await untilAtRest(full);
  const heldFull = await full.held();
  const oneMs = await askForOne(full);
  const { perSecond, total: sent } = await posts(full, seconds);
  await full.stop();
  const alone = await start(aloneFolder);
  const oneAloneMs = await askForOne(alone);
  await alone.stop();
  return withServer(start, async (empty) => {
    await untilAtRest(empty);
    const bytes = (heldFull - (await empty.held())) / kept;
    return { sent, startMs, lineByLineMs, bytes, oneMs, oneAloneMs, perSecond, perSecondEmpty: (await posts(empty, seconds)).perSecond };
  });
}

export const flat: Measurement = {
  name: 'flat',
  title: 'With the memory of a large fleet',
  about: `A Nester that keeps twice as many reports as above, of ${NODES.toLocaleString('en')} nodes. Yardsticks: for the start, \`data.json\` read with \`readline\`, each line parsed; for POST, the same into an empty one; for the reports of one node, a Nester that has these alone. Memory: heap and what is outside of it, after a collection, when Nester is at rest, less that of an empty one, for each report kept.`,
  async run({ runs, seconds, reports: half }: BenchOptions): Promise<Row[]> {
    const reports = 2 * half;
    const folder = await fillFleet(reports, NODES);
    const aloneFolder = await fillFleet(reports / NODES, 1);
    // Once for the page cache.
    await timeProgram(builtProgram('yardsticks/read-lines'), [folder]);
    const results: Flat[] = [];
    for (let run = 0; run < runs; run++) {
      // Later runs keep what earlier ones have sent, too.
      const kept = results.reduce((sum, { sent }) => sum + sent, reports);
      results.push(await measure(folder, aloneFolder, kept, seconds));
    }
    for (const path of [folder, aloneFolder]) rmSync(path, { recursive: true, force: true });
    const middle = (key: keyof Flat): number => median(results.map((result) => result[key]));
    const count = reports.toLocaleString('en');
    return [
      {
        what: `start with ${count} reports, to the ready line`,
        nester: ms(middle('startMs')),
        yardstick: ms(middle('lineByLineMs')),
        ratio: ratioOf(middle('startMs'), middle('lineByLineMs')),
        aim: aim('at most 1.2', middle('startMs') <= 1.2 * middle('lineByLineMs')),
      },
      {
        what: `POST, 64 connections, with ${count} reports kept`,
        nester: rate(middle('perSecond')),
        yardstick: rate(middle('perSecondEmpty')),
        ratio: ratioOf(middle('perSecond'), middle('perSecondEmpty')),
        aim: aim('at least 0.9', middle('perSecond') >= 0.9 * middle('perSecondEmpty')),
      },
      {
        what: `\`GET /api/reports?node=\`: ${(reports / NODES).toLocaleString('en')} reports of one node`,
        nester: ms(middle('oneMs')),
        yardstick: ms(middle('oneAloneMs')),
        ratio: ratioOf(middle('oneMs'), middle('oneAloneMs')),
        aim: NONE,
      },
      {
        what: 'memory of a report kept',
        nester: `${Math.round(middle('bytes'))} bytes`,
        yardstick: NONE,
        ratio: NONE,
        aim: aim('at most 120 bytes', middle('bytes') <= 120),
      },
    ];
  },
};
