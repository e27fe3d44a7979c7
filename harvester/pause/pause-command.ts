import { stat } from 'node:fs/promises';
import { formatTimestamp } from '../../protocol/timestamp.ts';
import { EXIT } from '../exit.ts';
import { reasonOf } from '../log.ts';
import type { PauseFile } from './pause-file.ts';

/** `harvester pause` and `harvester resume`, as they were typed. */
export type PauseOrder = { kind: 'pause'; stateDir: string; forMs: number; why: string | undefined } | { kind: 'resume'; stateDir: string };

export interface PauseCommandDeps {
  file: PauseFile;
  now: () => number;
  out: (line: string) => void;
  complain: (line: string) => void;
}

/**
 * Writes or removes the pause, and says what follows. Makes no state folder: a folder that no
 * Harvester uses is the wrong one, and made by root it would lock the right user out of it.
 * Resolves to the exit code.
 */
export async function runPauseCommand(order: PauseOrder, { file, now, out, complain }: PauseCommandDeps): Promise<number> {
  const { stateDir } = order;
  const folder = await stat(stateDir).catch(() => undefined);
  if (!folder?.isDirectory()) {
    complain(`there is no state folder ${stateDir}: no harvester has run with it yet; name the one that is used with --state-dir`);
    return EXIT.badConfiguration;
  }
  const before = await file.load();
  try {
    if (order.kind === 'resume') {
      await file.remove();
      const wasPaused = before !== undefined && before.untilMs > now();
      out(wasPaused ? 'Resumed. The next report says so; an agent sends it at once.' : 'There is no pause.');
    } else {
      const untilMs = now() + order.forMs;
      await file.write({ untilMs, why: order.why });
      out(`Paused until ${formatTimestamp(untilMs)}${order.why === undefined ? '' : `: ${order.why}`}`);
      out('The next report says so; an agent sends it at once. Wait for it before you switch off. "harvester resume" ends it sooner.');
    }
  } catch (error) {
    complain(`${stateDir} cannot be written: ${reasonOf(error)}`);
    return EXIT.kept;
  }
  return EXIT.delivered;
}
