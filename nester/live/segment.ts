/**
 * Something that was published, as JSON texts: what frames are made of, whether they are sent now
 * or to a viewer that comes back. Nothing is put together before there is someone to see it.
 */
export type Segment = { texts: readonly string[]; size: number } & ({ type: 'reports'; cursor: string } | { type: 'nodes' | 'removed' });

/** Characters of all texts. */
export function sizeOf(texts: readonly string[]): number {
  let size = 0;
  for (const text of texts) size += text.length;
  return size;
}

/** A frame takes no further segment beyond this size, so that a page is never busy with one for long. */
const FRAME_CHARACTERS = 256 * 1024;

/** The fewest frames that say the same in the same order, encoded. */
export function framesOf(segments: readonly Segment[]): Buffer[] {
  const frames: Buffer[] = [];
  let run: Segment[] = [];
  let size = 0;
  for (const segment of segments) {
    const first = run[0];
    if (first && (first.type !== segment.type || size + segment.size > FRAME_CHARACTERS)) {
      frames.push(encode(run));
      run = [];
      size = 0;
    }
    run.push(segment);
    size += segment.size;
  }
  if (run.length > 0) frames.push(encode(run));
  return frames;
}

function encode(run: readonly Segment[]): Buffer {
  const last = run.at(-1);
  if (last === undefined) throw new Error('BUG: a frame of nothing');
  const body = run.map(({ texts }) => texts.join(',')).join(',');
  if (last.type !== 'reports') return Buffer.from(`{"type":"${last.type}","nodes":[${body}]}`);
  return Buffer.from(`{"type":"reports","cursor":${JSON.stringify(last.cursor)},"reports":[${body}]}`);
}
