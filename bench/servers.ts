import { rmSync } from 'node:fs';
import { startServer, type Server } from './processes.ts';
import { builtProgram, makeDataFolder, nesterProgram } from './programs.ts';

/** Starts a Nester on a data folder. */
export function startNester(dataFolder: string): Promise<Server> {
  return startServer(nesterProgram, [], {
    NESTER_HOST: '127.0.0.1',
    NESTER_PORT: '0',
    NESTER_DATA_DIR: dataFolder,
    NESTER_LOG_LEVEL: 'warn',
    // All load comes from one address.
    NESTER_RATE_LIMIT: '0',
  });
}

export function startYardstick(name: string, dataFolder: string): Promise<Server> {
  return startServer(builtProgram(`yardsticks/${name}`), [dataFolder]);
}

/** Runs something against a server on a data folder of its own, and removes both. */
export async function withServer<T>(start: (dataFolder: string) => Promise<Server>, use: (server: Server) => Promise<T>): Promise<T> {
  const dataFolder = makeDataFolder();
  const server = await start(dataFolder);
  try {
    return await use(server);
  } finally {
    await server.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}
