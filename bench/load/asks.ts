/**
 * Load: asks for one address again and again, each time when the answer before was there to its
 * end. A second connection meanwhile asks for next to nothing, as fast as it is answered: how
 * long it waits tells for how long nobody else had a turn.
 */
import { Agent, get, type IncomingMessage } from 'node:http';
import { createLatencyLog } from '../statistics.ts';
import { fail, finish, parameters } from './program.ts';

interface Parameters {
  url: string;
  path: string;
  times: number;
}

const { url, path, times } = parameters() as Parameters;
const WARMUP = 2;
const SMALL = '/healthz';

/** Resolves to the ms until the answer was there, and its bytes. */
function ask(address: string, agent: Agent): Promise<{ ms: number; bytes: number }> {
  return new Promise((resolve) => {
    const startMs = performance.now();
    get(address, { agent }, (response: IncomingMessage) => {
      if (response.statusCode !== 200) fail(new Error(`${address} answered ${response.statusCode ?? 0}`));
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('end', () => resolve({ ms: performance.now() - startMs, bytes }));
      response.on('error', fail);
    }).on('error', fail);
  });
}

const answers = createLatencyLog(times);
const others = createLatencyLog(100_000);
const large = new Agent({ keepAlive: true });
const small = new Agent({ keepAlive: true });
let bytes = 0;
let isOver = false;

async function askSmall(): Promise<void> {
  while (!isOver) others.add((await ask(url + SMALL, small)).ms);
}

for (let n = 0; n < WARMUP; n++) await ask(url + path, large);
for (let n = 0; n < times; n++) {
  const answer = await ask(url + path, large);
  answers.add(answer.ms);
  bytes = answer.bytes;
}
const asking = askSmall();
for (let n = 0; n < times; n++) await ask(url + path, large);
isOver = true;
await asking;
finish({ bytes, answer: answers.summary(), others: others.summary() });
