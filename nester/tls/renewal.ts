import { watch } from 'chokidar';
import { isSamePair, type ReadTlsPair, type TlsPair, type TlsPaths } from './pair.ts';

export interface RenewalDeps {
  /** The pair that is served now. */
  pair: TlsPair;
  read: () => Promise<ReadTlsPair>;
  /** Serves a new pair. Connections that are open stay. */
  renew: (pair: TlsPair) => void;
  /** Calls back whenever one of the files may have changed. Returns what ends it. */
  watch: (changed: () => void) => () => void;
  /** Runs once after the delay. Returns what cancels it. */
  schedule: (delayMs: number, run: () => void) => () => void;
  say: (level: 'info' | 'error', message: string) => void;
}

/** The two files are replaced one after the other; in between, they do not belong together. */
const SETTLE_MS = 1_000;

/**
 * Serves a new certificate once both files hold it, without a restart. What cannot be served is
 * refused in the log, and the pair from before stays in use. Returns what ends it.
 */
export function keepRenewed({ pair, read, renew, watch, schedule, say }: RenewalDeps): () => void {
  let current = pair;
  let complaint = '';
  let cancel: (() => void) | undefined;
  let reading = false;
  let again = false;

  async function look(): Promise<void> {
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    const found = await read();
    reading = false;
    if (!found.ok) complain(found.problems.join('; '));
    else {
      complaint = '';
      if (!isSamePair(found.pair, current)) take(found.pair);
    }
    if (!again) return;
    again = false;
    changed();
  }

  /** Once for each trouble, however often it is looked at. */
  function complain(problems: string): void {
    if (problems === complaint) return;
    complaint = problems;
    say('error', `The new certificate cannot be used, and the one from before stays in use. ${problems}`);
  }

  function take(next: TlsPair): void {
    current = next;
    renew(next);
    say('info', `A new certificate is in use, valid until ${new Date(next.validToMs).toISOString()}`);
  }

  function changed(): void {
    cancel?.();
    cancel = schedule(SETTLE_MS, () => void look());
  }

  const stop = watch(changed);
  return () => {
    cancel?.();
    stop();
  };
}

/**
 * How often the files are looked at. By polling, which sees a file that was overwritten or
 * replaced, a link that leads elsewhere (certbot), and a link in the folders above (Kubernetes).
 */
const POLL_MS = 1_000;

export function watchPair(paths: TlsPaths, failed: (error: unknown) => void) {
  return (changed: () => void): (() => void) => {
    const watcher = watch([paths.cert, paths.key], { usePolling: true, interval: POLL_MS, ignoreInitial: true });
    watcher.on('all', changed).on('ready', changed).on('error', failed);
    return () => void watcher.close();
  };
}
