/**
 * Yardstick for many reports at once: bare `node:http` takes lines of JSON, parses each, appends
 * the bytes that came, and answers after one fdatasync. No schema, no index, no viewers.
 */
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { announce } from './announce.ts';

const file = await open(join(process.argv[2] ?? '.', 'yardstick.log'), 'a');
let last = Promise.resolve();

async function keep(body: Buffer): Promise<void> {
  await file.write(body);
  await file.datasync();
}

announce(
  createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      for (const line of body.toString().split('\n')) JSON.parse(line);
      last = last.then(() => keep(body));
      void last.then(() => response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '15' }).end('{"stored":true}'));
    });
  }),
);
