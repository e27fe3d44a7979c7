/** Load: reads one answer to its end, as fast as it comes, and counts its lines. */
import { get, type IncomingMessage } from 'node:http';
import { fail, finish, parameters } from './program.ts';

const { url } = parameters() as { url: string };
const LINE_FEED = 0x0a;
const startMs = performance.now();
let bytes = 0;
let lines = 0;

get(url, (response: IncomingMessage) => {
  if (response.statusCode !== 200) fail(new Error(`answered ${response.statusCode ?? 0}`));
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) lines++;
  });
  response.on('end', () => finish({ bytes, lines, seconds: (performance.now() - startMs) / 1000 }));
  response.on('error', fail);
}).on('error', fail);
