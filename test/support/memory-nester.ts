import { onTestFinished } from 'vitest';
import type { Page } from '../../nester/api/page.ts';
import { type Downloads, NO_DOWNLOADS } from '../../nester/downloads.ts';
import { TRUST_NOBODY } from '../../nester/http/trust-proxy.ts';
import { DEFAULT_LIMITS } from '../../nester/limits.ts';
import { type Nester, type NesterDeps, startNester } from '../../nester/nester.ts';
import { createMemoryStore } from '../../nester/store/memory-store.ts';
import type { ReportStore } from '../../nester/store/report-store.ts';
import { createSimulatedDisk, type SimulatedDisk } from './simulated-disk.ts';

export interface MemoryNester {
  url: string;
  port: number;
  /** Every way in, and what it asks. */
  gates: Nester['gates'];
  store: ReportStore;
  /** What was logged as an error. */
  errors: { details: object; message: string }[];
  stop: () => Promise<void>;
}

export interface MemoryNesterOptions {
  config?: Partial<NesterDeps['config']>;
  /** Puts something around the memory store, such as a disk that is full. */
  around?: (store: ReportStore) => Partial<ReportStore>;
  page?: Page;
  downloads?: Downloads;
  /** Where it keeps what is beside the store. */
  disk?: SimulatedDisk;
}

/** Where that is on the disk. */
const FOLDER = '/data';

/** A whole Nester in this process, over a store in memory, on a free port of the loopback. Stopped when the test is over. */
export async function startMemoryNester({ config, around, page = new Map(), downloads = NO_DOWNLOADS, disk = createSimulatedDisk() }: MemoryNesterOptions = {}): Promise<MemoryNester> {
  const memory = createMemoryStore();
  const store = { ...memory, ...around?.(memory) };
  const errors: MemoryNester['errors'] = [];
  await disk.files.makeFolder(FOLDER);
  const nester = await startNester({
    config: {
      host: '127.0.0.1',
      port: 0,
      apiKey: undefined,
      people: undefined,
      limits: { ...DEFAULT_LIMITS, addressRate: 0, keyRate: 0 },
      allowedOrigins: [],
      allowedHosts: [],
      trust: TRUST_NOBODY,
      basePath: '',
      ...config,
    },
    hostName: 'machine.example',
    store,
    files: disk.files,
    folder: FOLDER,
    page,
    downloads,
    log: { error: (details, message) => void errors.push({ details, message }) },
    say: (level, message) => {
      if (level === 'error') errors.push({ details: {}, message });
    },
    now: Date.now,
    monotonicMs: () => performance.now(),
    run: 'this run',
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= nester.stop());
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${nester.port}`, port: nester.port, gates: nester.gates, store, errors, stop };
}
