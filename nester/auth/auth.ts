import type { FilePort } from '../store/file-port.ts';
import { createAuthorise } from './authorise.ts';
import { createGates, type Gates } from './gates.ts';
import { createKeyFile } from './keys/key-file.ts';
import { createSiteKeys, type SiteKeys } from './keys/site-keys.ts';
import { createStanding, type Standing } from './standing.ts';

/** Everything that has to do with who may do what, put together. */
export interface Auth {
  gates: Gates;
  standing: Pick<Standing, 'hold'>;
  siteKeys: SiteKeys;
  /** Reads what is kept. Rejects when it cannot be used. */
  open(): Promise<void>;
  /** Keeps up with what changes. */
  start(): void;
  stop(): void;
}

export interface AuthDeps {
  config: {
    /** `NESTER_API_KEY`. */
    apiKey: string | undefined;
  };
  files: FilePort;
  /** The data folder. */
  folder: string;
  /** Epoch ms. */
  now: () => number;
  pause: (ms: number) => Promise<void>;
  /** Calls back every so many ms, until the returned function is called. */
  every: (ms: number, task: () => void) => () => void;
  say: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** A revoked key is to stop within a second, and a look at a file costs microseconds. */
const LOOK_MS = 250;

export function createAuth({ config, files, folder, now, pause, every, say }: AuthDeps): Auth {
  const standing = createStanding();
  const siteKeys = createSiteKeys({
    file: createKeyFile({ files, folder, now, pause }),
    now,
    say,
    onChange: () => standing.check(),
  });
  const gates = createGates(createAuthorise({ sharedKey: config.apiKey, siteKeys }));
  let stopLooking: (() => void) | undefined;
  return {
    gates,
    standing,
    siteKeys,
    open: () => siteKeys.open(),
    start() {
      stopLooking = every(LOOK_MS, () => void siteKeys.look());
    },
    stop() {
      stopLooking?.();
    },
  };
}
