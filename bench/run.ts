/**
 * Run by run.mjs: measures Nester beside its yardsticks and writes `bench/RESULTS.md`.
 *
 *     npm run bench -- --runs 5 --seconds 10 --reports 1000000 --minutes 10
 *     npm run bench -- --only ingest             (prints, and writes nothing)
 *     npm run bench -- --only ingest --write     (takes the place of its earlier results)
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchOptions, Row } from './measurement.ts';
import { broadcast } from './measurements/broadcast.ts';
import { agent, once } from './measurements/harvester.ts';
import { hostileLoad } from './measurements/hostile-load.ts';
import { history } from './measurements/history.ts';
import { flat } from './measurements/flat.ts';
import { idle } from './measurements/idle.ts';
import { ingest } from './measurements/ingest.ts';
import { lighthouse } from './measurements/lighthouse.ts';
import { loop } from './measurements/loop.ts';
import { many } from './measurements/many.ts';
import { million } from './measurements/million.ts';
import { overload } from './measurements/overload.ts';
import { page } from './measurements/page.ts';
import { retention } from './measurements/retention.ts';
import { rewind } from './measurements/rewind.ts';
import { buildPrograms, folder } from './programs.ts';
import { describeMachine, headOf, renewResults, table } from './results.ts';
import { probeFor, probes } from './servers.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
    reports: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '10' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const options: BenchOptions = { runs: Number(values.runs), seconds: Number(values.seconds), reports: Number(values.reports), minutes: Number(values.minutes) };
const measurements = [ingest, many, broadcast, overload, hostileLoad, million, flat, retention, idle, history, rewind, loop, once, agent, page, lighthouse].filter(({ name }) => values.only === undefined || name === values.only);
if (measurements.length === 0 || Object.values(options).some((value) => !Number.isInteger(value) || value < 1)) {
  console.error('Usage: npm run bench -- [--runs n] [--seconds n] [--reports n] [--minutes n] [--write] [--only ingest|many|broadcast|overload|hostile|million|flat|retention|idle|history|rewind|loop|once|agent|page|lighthouse]');
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await buildPrograms();
const machine = await describeMachine(folder);
console.log(machine);
const path = fileURLToPath(new URL('RESULTS.md', import.meta.url));
const isWhole = values.only === undefined;
let results = isWhole || values.write ? await readFile(path, 'utf8') : undefined;
for (const measurement of measurements) {
  console.log(`\n${measurement.title}...`);
  probeFor(measurement.name);
  const rows: Row[] = await measurement.run(options);
  console.log(table(rows));
  for (const { p99, max } of probes.get(measurement.name) ?? []) console.log(`event loop: p99 ${p99.toFixed(0)} ms, at the latest ${max.toFixed(0)} ms`);
  if (results === undefined) continue;
  // Each as it ends: what goes wrong later takes nothing of it away.
  results = renewResults(results, [{ measurement, rows }], isWhole ? headOf(machine, options) : undefined);
  await writeFile(path, results);
  console.log('Written to bench/RESULTS.md');
}
