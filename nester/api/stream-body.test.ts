import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { streamBody } from './stream-body.ts';

/** As a response whose every chunk is more than it buffers, and which the system takes at once. */
class FullButDrained extends EventEmitter {
  destroyed = false;
  written = 0;

  write(): boolean {
    this.written++;
    process.nextTick(() => this.emit('drain'));
    return false;
  }

  end(): void {
    this.emit('end');
  }
}

describe('a streamed body', () => {
  it('lets everything else have its turn after each chunk, also when a reader takes all of it at once', async () => {
    const response = new FullButDrained();
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);

    // eslint-disable-next-line @typescript-eslint/require-await -- a stream that has everything at hand
    const chunks = (async function* () {
      for (let n = 0; n < 20; n++) yield Buffer.alloc(100_000);
    })();
    await streamBody(response as unknown as ServerResponse, chunks);
    isOver = true;

    expect(response.written).toBe(20);
    expect(turns).toBeGreaterThanOrEqual(19);
  });
});
