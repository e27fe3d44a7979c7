import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startServer, type Server } from './processes.ts';
import { builtProgram, makeDataFolder, nesterProgram } from './programs.ts';

/** What a server said of itself when it ended, of a stretch of its life. */
export interface Probe {
  /** How late its event loop was, ms. */
  p99: number;
  max: number;
  /** How often it was looked at. */
  looks: number;
}

/** Of every Nester that was measured, by measurement. */
export const probes = new Map<string, Probe[]>();
let measuring = '';

/** Says what the servers started from here on are measured for. */
export function probeFor(name: string): void {
  measuring = name;
}

export interface MeasuredNester extends Server {
  /** Bytes of its heap and of what is outside of it, after a collection. */
  held(): Promise<number>;
}

/** Starts a Nester on a data folder. */
export async function startNester(dataFolder: string, settings: Record<string, string> = {}): Promise<MeasuredNester> {
  const probe = `${dataFolder}.probe`;
  const server = await startServer(nesterProgram, [], {
    NODE_OPTIONS: `--import=${pathToFileURL(builtProgram('probes/inside')).href}`,
    NESTER_BENCH_PROBE: probe,
    NESTER_HOST: '127.0.0.1',
    NESTER_PORT: '0',
    NESTER_DATA_DIR: dataFolder,
    NESTER_LOG_LEVEL: 'warn',
    // All load comes from one address.
    NESTER_RATE_LIMIT: '0',
    ...settings,
  });
  const mark = async (): Promise<number> => {
    server.signal('SIGUSR2');
    const [LOOK_MS, LOOKS] = [10, 3_000];
    for (let look = 0; look < LOOKS && !existsSync(`${probe}.held`); look++) await wait(LOOK_MS);
    const { bytes } = JSON.parse(readFileSync(`${probe}.held`, 'utf8')) as { bytes: number };
    rmSync(`${probe}.held`);
    return bytes;
  };
  // The start, when nothing is answered yet, is not the event loop's measure.
  await mark();
  return {
    ...server,
    held: mark,
    async stop() {
      await server.stop();
      if (!existsSync(probe)) return;
      probes.set(measuring, [...(probes.get(measuring) ?? []), ...(JSON.parse(readFileSync(probe, 'utf8')) as Probe[])]);
      rmSync(probe);
    },
  };
}

/**
 * Resolves when what a server does after its start is over: a Nester that was given a data.json
 * answers at once, and goes on reading what the reports say of LANs and of hours long past.
 * Where processor time is not known, at once.
 */
export async function untilAtRest(server: Server): Promise<void> {
  const [LOOK_MS, QUIET_MS, LOOKS] = [500, 20, 240];
  for (let look = 0; look < LOOKS; look++) {
    const beforeMs = server.processorMs();
    await wait(LOOK_MS);
    if (!(server.processorMs() - beforeMs > QUIET_MS)) return;
  }
  throw new Error(`the server at ${server.url} is still at work ${(LOOKS * LOOK_MS) / 1000} s after its start`);
}

export function startYardstick(name: string, dataFolder: string, ...args: string[]): Promise<Server> {
  return startServer(builtProgram(`yardsticks/${name}`), [dataFolder, ...args]);
}

/** Runs something against a server on a data folder of its own, and removes both. */
export async function withServer<S extends Server, T>(start: (dataFolder: string) => Promise<S>, use: (server: S) => Promise<T>): Promise<T> {
  const dataFolder = makeDataFolder();
  const server = await start(dataFolder);
  try {
    return await use(server);
  } finally {
    await server.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}
