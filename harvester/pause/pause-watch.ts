import type { Clock } from '../clock.ts';
import type { Pause, PauseFile } from './pause-file.ts';

export interface PauseWatchDeps {
  file: PauseFile;
  clock: Clock;
  /** What the newest report said. */
  reported: () => Pause | undefined;
  /** Another report is due: a pause was said, changed or taken back, or has run out. */
  report: () => void;
}

const LOOK_MS = 2_000;

/**
 * Looks now and then whether the pause is still what was reported, so that an agent with a long
 * interval tells of it at once: the machine may be switched off in a minute. A look is one small
 * file; watching a folder differs between systems, and misses what happens on a network drive.
 */
export function createPauseWatch({ file, clock, reported, report }: PauseWatchDeps) {
  let cancel = (): void => undefined;
  let stopped = false;

  async function look(): Promise<void> {
    const found = await file.load();
    if (stopped) return;
    const now = found !== undefined && found.untilMs > clock.now() ? found : undefined;
    const said = reported();
    if (now?.untilMs !== said?.untilMs || now?.why !== said?.why) report();
    lookLater();
  }

  function lookLater(): void {
    cancel = clock.after(LOOK_MS, () => void look());
  }

  return {
    /** The first look is later: the first report tells what is there now. */
    start: lookLater,
    stop(): void {
      stopped = true;
      cancel();
    },
  };
}
