import { createDurableReplacement, type DurableReplacement } from './durable-replace.ts';
import type { FileHandle, FilePort } from './file-port.ts';
import { CHUNK_BYTES } from './line-scan.ts';
import { LogError } from './log-error.ts';

/** From the first byte up to, not including, the second; ascending. */
export type Ranges = [from: number, to: number][];

/** Adds a range behind the others; joins it with the last one where they touch. */
export function addRange(ranges: Ranges, from: number, to: number): void {
  const last = ranges.at(-1);
  if (last?.[1] === from) last[1] = to;
  else ranges.push([from, to]);
}

/**
 * Writes a new segment to `target`: `header`, then the given ranges of `source`. Nothing is at
 * `target` before the caller places or commits it.
 */
export async function rewriteSegment(
  files: FilePort,
  source: FileHandle,
  header: Uint8Array,
  ranges: Ranges,
  target: string,
): Promise<DurableReplacement> {
  const replacement = createDurableReplacement(files, target);
  try {
    await replacement.write(header);
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (const [from, to] of ranges) {
      for (let at = from; at < to; ) {
        const came = await source.read(chunk, 0, Math.min(chunk.length, to - at), at);
        if (came === 0) throw new LogError('NESTER_LOG_UNUSABLE', `a segment for ${target} ended before byte ${to}`);
        await replacement.write(chunk.subarray(0, came));
        at += came;
      }
    }
    return replacement;
  } catch (error) {
    await replacement.abandon();
    throw error;
  }
}
