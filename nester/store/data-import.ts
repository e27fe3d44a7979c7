import { createArrayScanner } from './array-scanner.ts';
import { fileChunks } from './file-chunks.ts';
import type { FileFacts, FileHandle, FilePort } from './file-port.ts';
import { convertOldReport } from './old-report.ts';
import type { ReportIndex } from './report-index.ts';
import { decodeStored, identityKey, type SerialisedReport } from './stored-report.ts';

export interface ImportDeps {
  files: FilePort;
  path: string;
  facts: FileFacts;
  index: ReportIndex;
  /** Identities that the log says were removed: they were in the log once, and that adds nothing. */
  leftovers: ReadonlySet<string>;
  applyEdit: (edit: { added: SerialisedReport[]; dropped: number[] }) => Promise<void>;
  say: (level: 'info' | 'warn' | 'error', message: string) => void;
}

const ITEM_LIMIT_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
/** An object of node -> last report is read whole; it has a line per node. */
const OBJECT_LIMIT_BYTES = 64 * 1024 * 1024;
const TOLD = 5;

/**
 * First start over an existing data.json: an older program's, or Nester's own whose log is
 * gone, or was begun so shortly ago that it does not know the file yet. Takes every report it can read; what was not in today's form is kept beside as
 * `data.json.imported`. Repeating it after a crash adds nothing twice.
 *
 * Resolves to `false` when there is nothing in it that could be read: then it is no data.json.
 */
export async function importDataFile({ files, path, facts, index, leftovers, applyEdit, say }: ImportDeps): Promise<boolean> {
  const skipped: string[] = [];
  /** In an object: it changes inside `read`, which the compiler does not follow. */
  const taken = { count: 0, converted: false };
  let untimed = 0;

  function read(value: unknown, where: string, name?: string): SerialisedReport | undefined {
    // Reports without a time get the file's, each its own: the same again at a second try.
    const fallbackMs = Math.floor(facts.modifiedMs) + untimed;
    const native = decodeStored(value, fallbackMs);
    const decoded = native.ok && isNative(value) ? native : decodeOld(value, fallbackMs, name);
    if (decoded !== native) taken.converted = true;
    if (!decoded.ok) {
      skipped.push(`${where}: ${decoded.errors.map(({ path: at, message }) => `${at} ${message}`).join('; ')}`);
      return undefined;
    }
    if (decoded.value.timestampMs === fallbackMs) untimed++;
    taken.count++;
    return decoded.value;
  }

  async function keep(reports: (SerialisedReport | undefined)[]): Promise<void> {
    const isNew = ({ report: { node }, timestampMs }: SerialisedReport): boolean =>
      index.find(node, timestampMs) === 0 && !leftovers.has(identityKey(node, timestampMs));
    const added = reports.filter((report) => report !== undefined).filter(isNew);
    if (added.length > 0) await applyEdit({ added, dropped: [] });
  }

  /** What is wrong with the array, if anything; what stands before it is kept. */
  async function keepElements(handle: FileHandle): Promise<string | undefined> {
    const scanner = createArrayScanner(ITEM_LIMIT_BYTES);
    for await (const chunk of fileChunks(handle, CHUNK_BYTES)) {
      const scanned = scanner.push(chunk);
      if (!scanned.ok) return `line ${scanned.line}: ${scanned.message}`;
      await keep(scanned.items.map(({ text, line }) => read(parse(text), `line ${line}`)));
    }
    const ended = scanner.end();
    return ended.ok ? undefined : `line ${ended.line}: ${ended.message}`;
  }

  const handle = await files.open(path, 'read');
  try {
    const fault = await keepElements(handle);
    if (fault !== undefined) {
      const object = taken.count === 0 ? await readObject(handle, facts.size) : undefined;
      if (object) await keep(Object.entries(object).map(([name, value]) => read(value, name, name)));
      else skipped.push(fault);
    }
  } finally {
    await handle.close();
  }
  if (taken.count === 0 && skipped.length > 0) return false;

  if (taken.converted || skipped.length > 0) {
    const original = (await files.stat(`${path}.imported`)) ? `${path}.imported-${Math.floor(facts.modifiedMs)}` : `${path}.imported`;
    await files.rename(path, original);
    say('info', `imported ${taken.count} reports from an older data.json; the original is kept as ${original}`);
  } else {
    say('info', `took ${taken.count} reports from data.json: there was no log beside it`);
  }
  for (const reason of skipped.slice(0, TOLD)) say('warn', `not imported: ${reason}`);
  if (skipped.length > TOLD) say('warn', `not imported: ${skipped.length - TOLD} more`);
  return true;
}

function isNative(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'receivedAt' in value && 'timestamp' in value;
}

/** Fields that are wrong even after conversion are left out, but for the name. */
function decodeOld(value: unknown, fallbackMs: number, name: string | undefined): ReturnType<typeof decodeStored> {
  const report = convertOldReport(value, name);
  const first = decodeStored(report, fallbackMs);
  if (first.ok || typeof report !== 'object' || report === null) return first;
  for (const { path: at } of first.errors) {
    const field = /^[A-Za-z]+/.exec(at)?.[0];
    if (field !== undefined && field !== 'node') Reflect.deleteProperty(report, field);
  }
  return decodeStored(report, fallbackMs);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function readObject(handle: FileHandle, size: number): Promise<object | undefined> {
  if (size > OBJECT_LIMIT_BYTES) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of fileChunks(handle, CHUNK_BYTES)) chunks.push(Buffer.from(chunk));
  const value = parse(Buffer.concat(chunks).toString('utf8'));
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}
