import type { SeededRandom } from './seeded-random.ts';

/** Something done to a file's content that is not safe from a power cut yet. */
type Change =
  | { type: 'write'; position: number; bytes: Uint8Array; /** The file became longer by it. */ grew: boolean }
  | { type: 'truncate'; size: number };

/**
 * The content of one file on a disk that keeps for sure only what was synced: what processes
 * see, what is safe, and what is on its way.
 */
export interface SimulatedFile {
  readonly inode: number;
  createdMs: number;
  modifiedMs: number;
  readMs: number;
  /** What processes see. A view. */
  content(): Uint8Array;
  write(bytes: Uint8Array, position: number): void;
  truncate(size: number): void;
  /** Makes everything under way safe. */
  sync(): void;
  /**
   * A sync that failed: what was under way counts as written from now on, but may be on the disk
   * or not. Later syncs do not mend that.
   */
  failSync(): void;
  /** After a power cut: what was safe, and any part of what was not. */
  afterPowerCut(random: SeededRandom): SimulatedFile;
  /** The same file on a copy of the disk. */
  copy(): SimulatedFile;
}

const SECTOR = 512;

interface State {
  seen: Uint8Array;
  safe: Uint8Array;
  underWay: Change[];
  /** Writes of which nobody knows whether they reached the disk. */
  doubtful: Change[];
}

export function createSimulatedFile(
  inode: number,
  times: { createdMs: number; modifiedMs: number; readMs: number },
  state: State = { seen: new Uint8Array(0), safe: new Uint8Array(0), underWay: [], doubtful: [] },
): SimulatedFile {
  let { seen, safe, underWay, doubtful } = state;
  /** `seen` has room behind its end: appending copies nothing, most of the time. */
  let size = seen.length;

  const file: SimulatedFile = {
    inode,
    ...times,
    content: () => seen.subarray(0, size),
    write(bytes, position) {
      const end = position + bytes.length;
      const grew = end > size;
      if (end > seen.length) {
        const grown = new Uint8Array(Math.max(end, seen.length * 2));
        grown.set(seen.subarray(0, size));
        seen = grown;
      }
      seen.set(bytes, position);
      size = Math.max(size, end);
      underWay.push({ type: 'write', position, bytes: new Uint8Array(bytes), grew });
    },
    truncate(to) {
      if (to < size) seen.fill(0, to, size);
      else seen = resized(seen.subarray(0, size), to);
      size = to;
      underWay.push({ type: 'truncate', size: to });
    },
    sync() {
      for (const change of underWay) {
        safe = applied(safe, change);
        // What was cut off for sure does not come back.
        if (change.type === 'truncate') doubtful = doubtful.flatMap((doubt) => clipped(doubt, change.size));
        // A file has one size, and the new one is on the disk now: no cut before can come after it.
        if (change.type === 'truncate' || change.grew) doubtful = doubtful.filter(({ type }) => type !== 'truncate');
      }
      underWay = [];
    },
    failSync() {
      doubtful.push(...underWay);
      underWay = [];
    },
    afterPowerCut(random) {
      const kept = random.fraction();
      let content = safe;
      const parts = [...doubtful, ...underWay].flatMap((change) => sectorsOf(change));
      const order = random.chance(0.5) ? parts : random.shuffled(parts);
      for (const part of order) {
        if (!random.chance(kept)) continue;
        const torn = part.type === 'write' && random.chance(0.1);
        content = applied(content, torn ? { ...part, bytes: part.bytes.slice(0, random.below(part.bytes.length)) } : part);
      }
      // The size may have reached the disk without the bytes.
      if (content.length < size && random.chance(0.3)) content = resized(content, size);
      return createSimulatedFile(inode, timesOf(file), { seen: content.slice(), safe: content.slice(), underWay: [], doubtful: [] });
    },
    copy: () =>
      createSimulatedFile(inode, timesOf(file), {
        seen: file.content().slice(),
        safe: safe.slice(),
        underWay: [...underWay],
        doubtful: [...doubtful],
      }),
  };
  return file;
}

function timesOf({ createdMs, modifiedMs, readMs }: SimulatedFile) {
  return { createdMs, modifiedMs, readMs };
}

function applied(content: Uint8Array, change: Change): Uint8Array {
  if (change.type === 'truncate') return resized(content, change.size);
  const result = resized(content, Math.max(content.length, change.position + change.bytes.length));
  result.set(change.bytes, change.position);
  return result;
}

function resized(content: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(size);
  result.set(content.subarray(0, size));
  return result;
}

function clipped(change: Change, size: number): Change[] {
  if (change.type === 'truncate') return [change];
  const bytes = change.bytes.subarray(0, Math.max(0, size - change.position));
  return bytes.length > 0 ? [{ ...change, bytes }] : [];
}

function sectorsOf(change: Change): Change[] {
  if (change.type === 'truncate') return [change];
  const parts: Change[] = [];
  for (let at = 0; at < change.bytes.length; ) {
    const position = change.position + at;
    const end = at + SECTOR - (position % SECTOR);
    parts.push({ ...change, position, bytes: change.bytes.subarray(at, end) });
    at = end;
  }
  return parts;
}
