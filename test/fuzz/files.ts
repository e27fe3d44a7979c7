import { createLock } from '../../harvester/outbox/lock.ts';
import { createMemoryFiles } from '../../harvester/outbox/memory-files.ts';
import { createOutbox } from '../../harvester/outbox/spooled-outbox.ts';
import { createTroubleLog } from '../../harvester/log.ts';
import { decodeKeyList, encodeKeyList } from '../../nester/auth/keys/key-list.ts';
import { createSessionFile, ROLES } from '../../nester/auth/people/session-file.ts';
import { createArrayScanner } from '../../nester/store/array-scanner.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../support/simulated-disk.ts';
import { createStoreRig, DATA_FILE, FOLDER } from '../support/store-rig.ts';
import { cases, checkRefusal, type FuzzArea, near, WHOLE_REPORT } from './area.ts';

/** What stands in files may have been written by anyone: an editor, another version, a disk that lies. */

const KEYS = encodeKeyList([
  { name: 'lyon', nodes: ['lyon-*', 'villeurbanne'], created: '2026-11-22T08:00:00.000Z', sha256: 'a'.repeat(64) },
  { name: 'nice', nodes: ['nice'], created: '2026-11-22T08:00:00.000Z', sha256: 'b'.repeat(64) },
]);

const keys: FuzzArea = {
  name: 'keys.json',
  weight: 6,
  open: () =>
    cases(near(KEYS, '[]', '[\n]'), (text) => {
      const decoded = decodeKeyList(text);
      checkRefusal(decoded);
      if (decoded.ok && encodeKeyList(decoded.value) !== encodeKeyList(decodeAgain(encodeKeyList(decoded.value)))) throw new Error('written otherwise than it was read');
    }),
};

function decodeAgain(text: string) {
  const again = decodeKeyList(text);
  if (!again.ok) throw new Error('what was written is not read again');
  return again.value;
}

const SESSIONS = JSON.stringify({
  format: 1,
  hashes: { admin: 'scrypt:32768:8:3:aaaaaaaaaaaaaaaaaaaaaa:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' },
  sessions: [{ sha256: 'c'.repeat(64), role: 'admin', createdMs: 1, expiresMs: 2 }],
});

const sessions: FuzzArea = {
  name: 'sessions.json',
  weight: 1,
  async open() {
    const disk = createSimulatedDisk();
    await disk.files.makeFolder(FOLDER);
    const file = createSessionFile({ files: disk.files, folder: FOLDER });
    return cases(near(SESSIONS), async (text) => {
      disk.put(file.path, text);
      const read = await file.read();
      if (read === undefined) throw new Error('it is there, and was not seen');
      checkRefusal(read);
      if (read.ok && read.value.sessions.some(({ role }) => !(ROLES as readonly string[]).includes(role))) throw new Error('a role that there is not');
    });
  },
};

const arrays: FuzzArea = {
  name: 'data.json, cut into reports',
  weight: 6,
  open: () =>
    cases(near(`[\n${JSON.stringify(WHOLE_REPORT)},\n{"node":"b"}\n]\n`, '[]', '[\n]\n', '[ {\n "node": "a"\n} ]'), (text) => {
      const bytes = Buffer.from(text);
      const whole = scan([bytes]);
      const inPieces = scan(Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) => bytes.subarray(at * 7, at * 7 + 7)));
      if (JSON.stringify(whole) !== JSON.stringify(inPieces)) throw new Error('it matters how the bytes come');
    }),
};

function scan(chunks: readonly Uint8Array[]): unknown {
  const scanner = createArrayScanner(100_000);
  const items: unknown[] = [];
  for (const result of [...chunks.map((chunk) => () => scanner.push(chunk)), () => scanner.end()]) {
    const step = result();
    if (!step.ok) return { line: step.line };
    items.push(...step.items);
  }
  return items;
}

/** Opens a store on what is there, appends to it, and looks at it again as the next process would. */
async function live(disk: SimulatedDisk): Promise<void> {
  const rig = createStoreRig(disk);
  try {
    await rig.store.open();
  } catch (error) {
    // It may refuse to start, if it says why.
    if (!(error instanceof Error) || error.message.startsWith('BUG') || error.message.length < 10) throw error;
    return;
  }
  await rig.send('fuzzed');
  await rig.store.close();
  const bug = rig.said.find((line) => line.includes('BUG'));
  if (bug !== undefined) throw new Error(bug);
  const kept = rig.dataFile() as { node: string }[];
  if (!kept.some(({ node }) => node === 'fuzzed')) throw new Error('what was acknowledged is not in data.json');
  const next = createStoreRig(disk);
  await next.store.open();
  const again = await next.all();
  await next.store.close();
  if (!again.some(({ node }) => node === 'fuzzed')) throw new Error('what was acknowledged is lost');
}

const LINES = Array.from({ length: 4 }, (_, at) => JSON.stringify({ ...WHOLE_REPORT, node: `node-${at}`, receivedAt: 1_795_334_400_000 + at })).join(',\n');

const data: FuzzArea = {
  name: 'data.json, at the start',
  weight: 0.4,
  open: () =>
    cases(near(`[\n${LINES}\n]\n`, '{"lyon-01":{"ip":"10.0.0.1","latency":"12","last_update":"2026-11-22 08:00:00"}}'), async (text) => {
      const disk = createSimulatedDisk();
      await disk.files.makeFolder(FOLDER);
      disk.put(DATA_FILE, text);
      await live(disk);
    }),
};

const segments: FuzzArea = {
  name: 'segments of the log',
  weight: 0.4,
  async open() {
    const disk = createSimulatedDisk();
    const rig = createStoreRig(disk);
    await rig.store.open();
    for (let at = 0; at < 6; at++) await rig.send(`node-${at % 2}`, at);
    await rig.store.forget('node-1');
    await rig.store.close();
    const segment = disk.paths().find((file) => file.includes('/log/')) ?? '';
    const right = disk.text(segment) ?? '';
    return cases(near(right), async (text) => {
      const damaged = createSimulatedDisk();
      await damaged.files.makeFolder(`${FOLDER}/log`);
      damaged.put(segment, text);
      await live(damaged);
    });
  },
};

const SPOOL = '/state/outbox.spool';

const outbox: FuzzArea = {
  name: 'outbox of a Harvester',
  weight: 1,
  async open() {
    const made = createMemoryFiles();
    const first = anOutbox(made, 1);
    await first.open();
    for (let at = 0; at < 4; at++) {
      const { parcel } = await first.keep(at, () => JSON.stringify({ node: 'a', at }));
      first.putBack([parcel]);
    }
    await first.close();
    const right = made.content(SPOOL).toString('latin1');
    return cases(near(right), async (text) => {
      const files = createMemoryFiles();
      files.write(SPOOL, Buffer.from(text, 'latin1'));
      const box = anOutbox(files, 2);
      await box.open();
      const { parcel, durable } = await box.keep(9, () => '{"node":"fuzzed"}');
      box.putBack([parcel]);
      await box.close();
      if (!durable) return;
      const next = anOutbox(files, 3);
      await next.open();
      const waiting = await next.take(Infinity, Infinity);
      await next.close();
      if (!waiting.some(({ json }) => json.includes('fuzzed'))) throw new Error('a report that was kept is lost');
    });
  },
};

function anOutbox(files: ReturnType<typeof createMemoryFiles>, pid: number) {
  const self = { pid, birth: `birth ${pid}`, mode: 'once' as const, silentMs: 1 };
  const say = (): void => undefined;
  return createOutbox({
    folder: '/state',
    files,
    lock: createLock({ files, folder: '/state', self, isRunning: (other) => other === pid, birthOf: (other) => `birth ${other}`, now: () => pid * 100_000 }),
    keep: 1_000,
    limitBytes: { disk: 1_000_000, memory: 1_000_000 },
    troubles: createTroubleLog({ debug: say, info: say, warn: say, error: say }),
  });
}

export const FILE_AREAS: readonly FuzzArea[] = [keys, sessions, arrays, data, segments, outbox];
