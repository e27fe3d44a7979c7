import { watch } from 'chokidar';

/** Watches one file, also while it is away, replaced, or not there yet. */
export interface FileWatch {
  close(): Promise<void>;
}

/**
 * How often the file is looked at. Polling, because it costs the same however often we write the
 * file ourselves (watching the folder cost a listing of it per write), and because it works on
 * network and container file systems, too.
 */
const POLL_MS = 250;

/**
 * Calls `changed` after anything happened to the file at `target`: also when it is replaced,
 * goes, or comes. `failed`: the file is not watched (any more).
 */
export function watchFile(target: string, changed: () => void, failed: (error: unknown) => void): FileWatch {
  const watcher = watch(target, { usePolling: true, interval: POLL_MS, ignoreInitial: true, followSymlinks: false });
  watcher.on('all', changed);
  // What happened before the watch stood is not told by it.
  watcher.on('ready', changed);
  watcher.on('error', failed);
  return { close: () => watcher.close() };
}
