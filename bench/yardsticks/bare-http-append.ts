/**
 * Yardstick for ingestion: the least that keeps a report durable. Bare `node:http` reads the
 * body, `JSON.parse` sees that it is JSON, one write and one fdatasync are under way at a time
 * and take everything that came meanwhile, and then comes 201. No schema, no index, no viewers.
 */
import { open } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { announce } from './announce.ts';

const file = await open(join(process.argv[2] ?? '.', 'yardstick.log'), 'a');
let lines: Buffer[] = [];
let waiting: ServerResponse[] = [];
let writing = false;

async function write(): Promise<void> {
  writing = true;
  while (waiting.length > 0) {
    const answered = waiting;
    const bytes = Buffer.concat(lines);
    waiting = [];
    lines = [];
    await file.write(bytes);
    await file.datasync();
    for (const response of answered) {
      response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': '15' }).end('{"stored":true}');
    }
  }
  writing = false;
}

const LINE_FEED = Buffer.from('\n');
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    JSON.parse(body.toString());
    lines.push(body, LINE_FEED);
    waiting.push(response);
    if (!writing) void write();
  });
});
announce(server);
