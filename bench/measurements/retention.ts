import { cpSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { aim, type BenchOptions, type Measurement, ms, NONE, type Row } from '../measurement.ts';
import { runLoad } from '../processes.ts';
import { builtProgram, makeDataFolder } from '../programs.ts';
import { probes, startNester, untilAtRest } from '../servers.ts';
import { type Latencies, median } from '../statistics.ts';
import { fillFleet } from './flat.ts';

const NODES = 10_000;
const POSTS = { connections: 4, perSecond: 50, warmupSeconds: 0 };
/** Enough for what goes to be read, written into history.json, and taken out of log and data.json. */
const SECONDS = 40;
const FORGET_AFTER_MS = 32_000;

interface Retiring {
  acknowledgement: Latencies;
  loopMs: number;
}

async function measure(folder: string, reports: number): Promise<Retiring> {
  const copy = join(makeDataFolder(), 'copy');
  cpSync(folder, copy, { recursive: true });
  const server = await startNester(copy, { NESTER_MAX_REPORTS: String(reports / 2) });
  const posting = runLoad(builtProgram('load/posts'), { url: server.url, ...POSTS, seconds: SECONDS });
  await wait(FORGET_AFTER_MS);
  const forgotten = await fetch(`${server.url}/api/nodes/site-1`, { method: 'DELETE' });
  if (!forgotten.ok) throw new Error(`forgetting a node was answered with ${forgotten.status}`);
  const acknowledgement = (await posting) as Latencies;
  await untilAtRest(server);
  await server.stop();
  const left = statSync(join(copy, 'data.json')).size / statSync(join(folder, 'data.json')).size;
  rmSync(copy, { recursive: true, force: true });
  if (left > 0.6) throw new Error(`data.json still has ${Math.round(left * 100)} % of what it had`);
  return { acknowledgement, loopMs: probes.get(retention.name)?.at(-1)?.max ?? NaN };
}

export const retention: Measurement = {
  name: 'retention',
  title: 'Letting go of old reports',
  about: `A Nester that starts with twice as many reports, of ${NODES.toLocaleString('en')} nodes, as it may keep, and is told to forget a node once the surplus is gone; meanwhile ${POSTS.perSecond} POSTs a second on ${POSTS.connections} connections.`,
  async run({ runs, reports }: BenchOptions): Promise<Row[]> {
    const folder = await fillFleet(reports, NODES);
    const results: Retiring[] = [];
    for (let run = 0; run < runs; run++) results.push(await measure(folder, reports));
    rmSync(folder, { recursive: true, force: true });
    const p99 = median(results.map(({ acknowledgement }) => acknowledgement.p99));
    const longest = median(results.map(({ acknowledgement }) => acknowledgement.max));
    const loopMs = median(results.map((result) => result.loopMs));
    const row = { yardstick: NONE, ratio: NONE };
    return [
      { what: `time to the acknowledgement while ${(reports / 2).toLocaleString('en')} reports go, p99`, nester: ms(p99), ...row, aim: NONE },
      { what: 'the longest', nester: ms(longest), ...row, aim: aim('at most 100 ms', longest <= 100) },
      { what: 'the event loop, at the latest', nester: ms(loopMs), ...row, aim: aim('at most 20 ms', loopMs <= 20) },
    ];
  },
};
