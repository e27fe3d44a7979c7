import { open } from 'node:fs/promises';
import { arch, cpus, loadavg, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { BenchOptions, Measurement, Row } from './measurement.ts';
import { pinned } from './processes.ts';
import { median } from './statistics.ts';

/** What a reader must know of the machine to judge the figures. */
export async function describeMachine(folder: string): Promise<string> {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 1024 ** 3);
  const sync = await syncMs(folder);
  const place = pinned ? 'server on one core, load on another' : 'server and load not pinned';
  const busy = (loadavg()[0] ?? 0).toFixed(1);
  return `${cpus().length} cores (${processor}), ${memory} GiB, ${type()} ${arch()}, Node ${process.versions.node}; one fdatasync takes ${sync.toFixed(2)} ms; load average before ${busy}; ${place}.`;
}

/** Median time of a 4 KiB append with fdatasync: what durability costs here. */
async function syncMs(folder: string): Promise<number> {
  const file = await open(join(folder, 'sync'), 'a');
  const times: number[] = [];
  for (let round = 0; round < 50; round++) {
    const startedMs = performance.now();
    await file.write(Buffer.alloc(4096));
    await file.datasync();
    times.push(performance.now() - startedMs);
  }
  await file.close();
  return median(times);
}

export type Results = readonly { measurement: Measurement; rows: readonly Row[] }[];

function section({ measurement, rows }: Results[number]): string {
  return `## ${measurement.title}\n\n${measurement.about}\n\n${table(rows)}\n`;
}

/** Earlier results with those measurements in them anew that were made again; `head`: what stands before all of them. */
export function renewResults(text: string, results: Results, head?: string): string {
  const sections = text.split(/^(?=## )/m);
  if (head !== undefined) sections[0] = head;
  for (const result of results) {
    const at = sections.findIndex((known) => known.startsWith(`## ${result.measurement.title}\n`));
    if (at === -1) sections.push(section(result));
    else sections[at] = section(result);
  }
  return `${sections.map((each) => each.trimEnd()).join('\n\n')}\n`;
}

export function headOf(machine: string, { runs, seconds }: BenchOptions): string {
  return [
    '# Results of the bench',
    '',
    'Written by `npm run bench`; do not edit. Each measurement stands beside a yardstick that does the bare minimum, measured in the same run on the same machine. The ratio is what counts: it says what Nester costs, whatever the machine.',
    '',
    `Machine: ${machine} Medians of ${runs} runs; throughput over ${seconds} s each.`,
    '',
  ].join('\n');
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, nester, yardstick, ratio, aim }) => `| ${what} | ${nester} | ${yardstick} | ${ratio} | ${aim} |`);
  return ['| | Nester | yardstick | ratio | aim |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}
