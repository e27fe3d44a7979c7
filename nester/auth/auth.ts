import type { FilePort } from '../store/file-port.ts';
import { createAuthorise } from './authorise.ts';
import { createGates, type Gates } from './gates.ts';
import { createKeyFile } from './keys/key-file.ts';
import { createPeople, type People, type PeopleConfig } from './people/people.ts';
import { createSessionFile } from './people/session-file.ts';
import { createSiteKeys, type SiteKeys } from './keys/site-keys.ts';
import { createStanding, type Standing } from './standing.ts';

/** Everything that has to do with who may do what, put together. */
export interface Auth {
  gates: Gates;
  standing: Pick<Standing, 'hold'>;
  siteKeys: SiteKeys;
  /** Absent: nobody needs to log in. */
  people: People | undefined;
  /** Whether a report without a key would be refused. */
  reportsNeedKey(): boolean;
  /** Reads what is kept. Rejects when it cannot be used. */
  open(): Promise<void>;
  /** Keeps up with what changes. */
  start(): void;
  /** Resolves when all that happened is on disk. */
  stop(): Promise<void>;
}

export interface AuthDeps {
  config: {
    /** `NESTER_API_KEY`. */
    apiKey: string | undefined;
    people: PeopleConfig | undefined;
  };
  files: FilePort;
  /** The data folder. */
  folder: string;
  /** Epoch ms. */
  now: () => number;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number;
  pause: (ms: number) => Promise<void>;
  /** Calls back every so many ms, until the returned function is called. */
  every: (ms: number, task: () => void) => () => void;
  say: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** A revoked key is to stop within a second, and a look at a file costs microseconds. */
const LOOK_MS = 250;
/** Logins end by themselves, too. */
const CHECK_MS = 10_000;

export function createAuth({ config, files, folder, now, monotonicMs, pause, every, say }: AuthDeps): Auth {
  const standing = createStanding();
  const siteKeys = createSiteKeys({
    file: createKeyFile({ files, folder, now, pause }),
    now,
    say,
    onChange: () => standing.check(),
  });
  const people =
    config.people && createPeople({ config: config.people, file: createSessionFile({ files, folder }), now, monotonicMs, say, onChange: () => standing.check() });
  const reportsNeedKey = (): boolean => config.apiKey !== undefined || siteKeys.exist();
  const gates = createGates(createAuthorise({ sharedKey: config.apiKey, siteKeys, people, readKey: config.people?.readKey, needsKey: reportsNeedKey }));
  let stops: (() => void)[] = [];
  return {
    gates,
    standing,
    siteKeys,
    people,
    reportsNeedKey,
    async open() {
      await siteKeys.open();
      await people?.open();
    },
    start() {
      people?.start();
      stops = [every(LOOK_MS, () => void siteKeys.look()), every(CHECK_MS, () => standing.check())];
    },
    async stop() {
      for (const stop of stops.splice(0)) stop();
      await people?.close();
    },
  };
}
