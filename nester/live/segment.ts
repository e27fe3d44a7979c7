import type { ShelvedText, TextShelf } from './text-shelf.ts';

/**
 * Something that was published, as JSON texts on a shelf, with commas between them: what frames are made
 * of, whether they are sent now or to a viewer that comes back. Nothing is put together before there is
 * someone to see it.
 */
export type Segment = { items: number; text: ShelvedText } & ({ type: 'reports'; cursor: string } | { type: 'nodes' | 'removed' });

/** Bytes of all texts. */
export function sizeOf({ text }: Segment): number {
  return text.end - text.start;
}

/** A frame takes no further segment beyond this size, so that a page is never busy with one for long. */
const FRAME_BYTES = 256 * 1024;
const COMMA = Buffer.from(',');
const END = Buffer.from(']}');

/** The fewest frames that say the same in the same order, encoded. */
export function framesOf(segments: readonly Segment[], shelf: Pick<TextShelf, 'read'>): Buffer[] {
  const frames: Buffer[] = [];
  let run: Segment[] = [];
  let size = 0;
  for (const segment of segments) {
    const first = run[0];
    if (first && (first.type !== segment.type || size + sizeOf(segment) > FRAME_BYTES)) {
      frames.push(encode(run, shelf));
      run = [];
      size = 0;
    }
    run.push(segment);
    size += sizeOf(segment);
  }
  if (run.length > 0) frames.push(encode(run, shelf));
  return frames;
}

function encode(run: readonly Segment[], shelf: Pick<TextShelf, 'read'>): Buffer {
  const last = run.at(-1);
  if (last === undefined) throw new Error('BUG: a frame of nothing');
  const head = last.type === 'reports' ? `{"type":"reports","cursor":${JSON.stringify(last.cursor)},"reports":[` : `{"type":"${last.type}","nodes":[`;
  const pieces: Uint8Array[] = [Buffer.from(head)];
  for (const [n, { text }] of run.entries()) {
    if (n > 0) pieces.push(COMMA);
    pieces.push(shelf.read(text));
  }
  return Buffer.concat([...pieces, END]);
}
