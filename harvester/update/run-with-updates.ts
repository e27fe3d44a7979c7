import { createExchange } from '../deliver/exchange.ts';
import { createLookup } from '../deliver/lookup.ts';
import { EXIT } from '../exit.ts';
import type { Harvester } from '../harvester.ts';
import { lookForUpdate } from './look.ts';
import type { UpdateFolder } from './update-folder.ts';

export interface UpdatingDeps {
  harvester: Harvester;
  command: 'once' | 'agent';
  folder: UpdateFolder;
  /** The program that runs. */
  running: Uint8Array;
  /** Told to end. */
  end: AbortSignal;
}

/** An agent asks the folder this often whether it is time to look. */
const AGENT_LOOKS_MS = 60_000;

/**
 * Runs a Harvester that looks for a newer program of its Nester, once a report of its own was
 * taken there: a run from cron at its end, an agent beside its work. An agent that found one ends
 * as if it was told to, and whoever looks after it (systemd, a container engine) starts it again.
 * Resolves to the exit code.
 */
export async function runWithUpdates({ harvester, command, folder, running, end }: UpdatingDeps): Promise<number> {
  const { clock, config, log, resolver } = harvester;
  const { exchange, close } = createExchange({ clock, lookup: createLookup(resolver), ca: config.ca, keepAlive: false });

  async function look(): Promise<boolean> {
    if (!folder.isDue(clock.now())) return false;
    const found = await lookForUpdate({ exchange, base: config.nesters[0].base, folder, running });
    if (found.kind === 'failed') log.error(`no newer Harvester could be had: ${found.reason}`);
    return found.kind === 'taken';
  }

  try {
    if (command === 'once') {
      const { runOnce } = await import('../once.ts');
      const code = await runOnce(harvester, end);
      if (code === EXIT.delivered) {
        folder.proven();
        await look();
      }
      return code;
    }
    const stop = new AbortController();
    const whole = AbortSignal.any([end, stop.signal]);
    let isLooking = false;
    const lookNow = (): void => {
      if (isLooking) return;
      isLooking = true;
      void look()
        .then((isTaken) => {
          if (!isTaken) return;
          log.info('the Nester serves another Harvester; ending, to be started again as that one');
          stop.abort();
        })
        .finally(() => (isLooking = false));
    };
    let hasReported = false;
    const outbox: Harvester['outbox'] = {
      ...harvester.outbox,
      remove(parcels) {
        harvester.outbox.remove(parcels);
        if (hasReported) return;
        hasReported = true;
        folder.proven();
        lookNow();
      },
    };
    const timer = setInterval(() => {
      if (hasReported) lookNow();
    }, AGENT_LOOKS_MS);
    try {
      const { runAgent } = await import('../agent.ts');
      return await runAgent({ ...harvester, outbox }, whole);
    } finally {
      clearInterval(timer);
    }
  } finally {
    close();
  }
}
