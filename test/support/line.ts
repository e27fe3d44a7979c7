import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to a program on this machine, which can be cut, and can go dead without a word. */
export interface Line extends AsyncDisposable {
  /** Address to use in place of the program's own. */
  url: string;
  /** Ends every connection and refuses new ones, until `mend`. */
  cut(): void;
  /** Nothing passes any more, in either direction, and no connection ends: like a pulled plug. */
  pullPlug(): void;
  mend(): void;
}

export async function openLine(port: number): Promise<Line> {
  let state: 'whole' | 'cut' | 'dead' = 'whole';
  const ends = new Set<Socket>();
  const server = createServer((near) => {
    if (state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]] as const) {
      ends.add(from);
      from.on('data', (bytes) => {
        if (state === 'whole') to.write(bytes);
      });
      // Whatever ends one side ends the other; the error itself says nothing a test asks for.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        ends.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function endAll(): void {
    for (const end of ends) end.destroy();
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    cut() {
      state = 'cut';
      endAll();
    },
    pullPlug() {
      state = 'dead';
    },
    mend() {
      state = 'whole';
    },
    async [Symbol.asyncDispose]() {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}
