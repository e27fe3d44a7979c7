import { createRunChild } from '../collect/child.ts';
import { createResolver } from '../collect/resolver.ts';
import type { Config } from '../config.ts';
import { createExchange } from '../deliver/exchange.ts';
import { createLookup } from '../deliver/lookup.ts';
import { childEnvironment, type Machine } from '../harvester.ts';
import { VERSION } from '../version.ts';
import type { Finding } from './finding.ts';
import { checkFolder } from './folder-check.ts';
import { checkNester } from './nester-check.ts';
import { checkNmap, checkPing } from './program-check.ts';

/**
 * Looks at everything that reporting needs. Sends no report, measures nothing, takes no lock: it
 * may be asked while an agent runs. Never rejects for what it finds.
 */
export async function examine(config: Config, machine: Machine): Promise<Finding[]> {
  const { clock, platform } = machine;
  const run = createRunChild({ ...machine, environment: childEnvironment(machine) });
  const { exchange, close } = createExchange({ clock, lookup: createLookup(createResolver({ lookup: machine.lookup, clock })), ca: config.ca, keepAlive: false });
  const deps = { exchange, key: config.key, version: VERSION, platform, now: clock.now };
  try {
    const [nesters, ping, nmap, folder] = await Promise.all([
      Promise.all(config.nesters.map(({ base }) => checkNester(base, deps))),
      checkPing({ run, platform }),
      checkNmap({ run, platform }, config.scan !== 'off'),
      checkFolder(config.stateDir, String(machine.pid)),
    ]);
    return [...nesters.flat(), ping, nmap, folder];
  } finally {
    close();
  }
}
