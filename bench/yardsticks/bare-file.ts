/** Yardstick for reading everything: the file itself, piped. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { announce } from './announce.ts';

const path = join(process.argv[2] ?? '.', 'data.json');
announce(
  createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': statSync(path).size });
    createReadStream(path).pipe(response);
  }),
);
