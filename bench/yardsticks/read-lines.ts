/** Yardstick for the start: reads data.json line by line, and parses each line. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: createReadStream(join(process.argv[2] ?? '.', 'data.json')), crlfDelay: Infinity });
let reports = 0;
lines.on('line', (line) => {
  if (!line.startsWith('{')) return;
  JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line);
  reports++;
});
lines.on('close', () => console.log(`Yardstick read ${reports} reports`));
