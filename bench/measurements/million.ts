import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { aim, type BenchOptions, type Measurement, mebibytes, NONE, ms, ratioOf, type Row } from '../measurement.ts';
import { runLoad, type Server, timeProgram } from '../processes.ts';
import { builtProgram, makeDataFolder } from '../programs.ts';
import { startNester, startYardstick, untilAtRest } from '../servers.ts';
import { type Latencies, median } from '../statistics.ts';

const NODES = 1000;
/** POSTs a second while everything is being read. */
const POSTS = { connections: 4, perSecond: 50 };

interface Download {
  bytes: number;
  lines: number;
  seconds: number;
}

export const million: Measurement = {
  name: 'million',
  title: 'With many reports kept',
  about:
    'The reports of 1,000 nodes, one a minute. Yardstick for the start: `data.json` read with `readline`, each line parsed. For reading, when the work after the start is over: the file, piped by `node:http`; the second of two readings. All files are in the page cache.',
  async run(options: BenchOptions): Promise<Row[]> {
    const dataFolder = await fill(options.reports);
    const megabytes = statSync(join(dataFolder, 'data.json')).size / 1e6;
    console.log(`  data.json has ${Math.round(megabytes)} MB`);
    return [...(await measureStart(dataFolder, options)), ...(await measureReading(dataFolder, options))];
  },
};

/** A data folder with so many reports, as a Nester left it. */
async function fill(reports: number): Promise<string> {
  const dataFolder = makeDataFolder();
  const server = await startNester(dataFolder);
  const startedMs = performance.now();
  await runLoad(builtProgram('load/batches'), { url: server.url, reports, nodes: NODES, newestMs: Date.now() - 60_000 });
  console.log(`  kept ${reports.toLocaleString('en-US')} reports in ${Math.round((performance.now() - startedMs) / 1000)} s`);
  await server.stop();
  return dataFolder;
}

async function measureStart(dataFolder: string, { runs, reports }: BenchOptions): Promise<Row[]> {
  const readLines = builtProgram('yardsticks/read-lines');
  const ours: number[] = [];
  const bare: number[] = [];
  const resident: number[] = [];
  const peak: number[] = [];
  // Once for the page cache.
  await timeProgram(readLines, [dataFolder]);
  for (let run = 0; run < runs; run++) {
    bare.push(await timeProgram(readLines, [dataFolder]));
    const server = await startNester(dataFolder);
    ours.push(server.readyMs);
    const memory = server.memory();
    resident.push(memory?.residentMiB ?? NaN);
    peak.push(memory?.peakMiB ?? NaN);
    await server.stop();
  }
  const count = reports.toLocaleString('en-US');
  return [
    {
      what: `start with ${count} reports, to the ready line`,
      nester: ms(median(ours)),
      yardstick: ms(median(bare)),
      ratio: ratioOf(median(ours), median(bare)),
      aim: aim('at most 1.5', median(ours) <= 1.5 * median(bare)),
    },
    {
      what: 'resident memory then (highest until then)',
      nester: `${mebibytes(median(resident))} (${mebibytes(median(peak))})`,
      yardstick: NONE,
      ratio: NONE,
      aim: aim('at most 250 MiB', median(resident) <= 250),
    },
  ];
}

interface Reading {
  megabytesPerSecond: number;
  growthMiB: number;
  quietP99: number;
  p99: number;
}

async function measureReading(dataFolder: string, { runs, reports }: BenchOptions): Promise<Row[]> {
  const ours: Reading[] = [];
  const bare: number[] = [];
  for (let run = 0; run < runs; run++) {
    const yardstick = await startYardstick('bare-file', dataFolder);
    await download(yardstick, '/');
    bare.push(throughput(await download(yardstick, '/')));
    await yardstick.stop();
    ours.push(await readFromNester(dataFolder, reports));
  }
  const middle = (key: keyof Reading): number => median(ours.map((reading) => reading[key]));
  const delay = middle('p99') - middle('quietP99');
  return [
    {
      what: '`GET /api/reports`, all of it',
      nester: `${Math.round(middle('megabytesPerSecond'))} MB/s`,
      yardstick: `${Math.round(median(bare))} MB/s`,
      ratio: ratioOf(middle('megabytesPerSecond'), median(bare)),
      aim: aim('at least 0.5', middle('megabytesPerSecond') >= 0.5 * median(bare)),
    },
    {
      what: 'growth of resident memory meanwhile',
      nester: mebibytes(middle('growthMiB')),
      yardstick: NONE,
      ratio: NONE,
      aim: aim('at most 50 MiB', middle('growthMiB') <= 50),
    },
    {
      what: 'p99 of concurrent POSTs (without the reading)',
      nester: `${ms(middle('p99'))} (${ms(middle('quietP99'))})`,
      yardstick: NONE,
      ratio: NONE,
      aim: aim('at most 50 ms more', delay <= 50),
    },
  ];
}

async function readFromNester(dataFolder: string, reports: number): Promise<Reading> {
  const server = await startNester(dataFolder);
  await untilAtRest(server);
  const quiet = await postsFor(server, 4);
  await download(server, '/api/reports');
  const alone = await download(server, '/api/reports');
  if (alone.lines < reports) throw new Error(`GET /api/reports gave ${alone.lines} lines for ${reports} reports`);

  const before = server.memory()?.residentMiB ?? NaN;
  let highest = before;
  const sampling = setInterval(() => (highest = Math.max(highest, server.memory()?.residentMiB ?? NaN)), 20);
  // Reads again and again while the POSTs are measured.
  const posting = postsFor(server, Math.max(4, 2 * alone.seconds));
  const isOver = (): Promise<boolean> => Promise.race([posting.then(() => true), wait(0).then(() => false)]);
  await wait(WARMUP_SECONDS * 500);
  while (!(await isOver())) await download(server, '/api/reports');
  clearInterval(sampling);
  const { p99 } = await posting;
  await server.stop();
  return { megabytesPerSecond: throughput(alone), growthMiB: highest - before, quietP99: quiet.p99, p99 };
}

const WARMUP_SECONDS = 1;

async function postsFor(server: Server, seconds: number): Promise<Latencies> {
  const parameters = { url: server.url, ...POSTS, seconds, warmupSeconds: WARMUP_SECONDS };
  return (await runLoad(builtProgram('load/posts'), parameters)) as Latencies;
}

async function download(server: Server, path: string): Promise<Download> {
  return (await runLoad(builtProgram('load/download'), { url: server.url + path })) as Download;
}

const throughput = ({ bytes, seconds }: Download): number => bytes / 1e6 / seconds;
