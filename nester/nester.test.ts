import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startMemoryNester } from '../test/support/memory-nester.ts';
import { postReport } from '../test/support/requests.ts';

describe('Nester', () => {
  it('closes the store again when its port is taken, and says which code', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    let closed = 0;
    const start = startMemoryNester({
      config: { port: (other.address() as AddressInfo).port },
      around: (store) => ({
        close: () => {
          closed++;
          return store.close();
        },
      }),
    });

    await expect(start).rejects.toMatchObject({ code: 'EADDRINUSE', syscall: 'listen' });
    expect(closed).toBe(1);
  });

  it('knows after a start what the store has kept', async () => {
    const { url } = await startMemoryNester({
      around: (store) => ({
        open: async () => {
          await store.append({ node: 'kept', timestamp: new Date().toISOString(), latency: 3 }, Date.now());
          return store.open();
        },
      }),
    });

    expect(await (await fetch(`${url}/api/nodes`)).json()).toMatchObject([{ node: 'kept', latency: 3, status: 'online' }]);
  });

  it('closes the store last, once', async () => {
    const happened: string[] = [];
    const { url, stop } = await startMemoryNester({
      around: (store) => ({
        take: (report, at) => {
          happened.push('take');
          return store.take(report, at);
        },
        close: () => {
          happened.push('close');
          return store.close();
        },
      }),
    });
    await postReport(url, { node: 'a' });

    await stop();

    expect(happened).toEqual(['take', 'close']);
  });
});
