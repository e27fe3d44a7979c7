import type { ServerResponse } from 'node:http';
import { setImmediate as breathe } from 'node:timers/promises';

/** A reader that takes nothing for so long is cut off: it holds memory and files. */
const STALLED_MS = 60_000;

/**
 * Writes chunks as fast as the reader takes them and no faster, so that memory does not grow
 * with the answer, and lets everything else have its turn after each. Returns early, with the
 * chunks' own clean-up done, when the reader goes away or stalls.
 */
export async function streamBody(response: ServerResponse, chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    if (!response.write(chunk)) await drained(response);
    if (response.destroyed) return;
    // Also then: what the system takes at once is drained before anyone else had a turn.
    await breathe();
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(alarm);
      response.off('drain', done).off('close', done);
      resolve();
    };
    const alarm = setTimeout(() => response.destroy(), STALLED_MS);
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}
