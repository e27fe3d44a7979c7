import type { ViewerFrame } from '../../protocol/frames.ts';

/** The list a frame of each type must carry to be of use. */
const LISTS: Record<Exclude<ViewerFrame['type'], 'error'>, string> = {
  snapshot: 'nodes',
  reports: 'reports',
  nodes: 'nodes',
  removed: 'nodes',
};

/** Reads a frame. `undefined` for what this page does not know: a newer Nester may say more. */
export function decodeFrame(text: string): ViewerFrame | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== 'object' || frame === null || !('type' in frame)) return undefined;
  // What is inside was validated by Nester before it was kept; checking it again here would
  // only bring its whole schema into the page.
  if (frame.type === 'error') return frame as ViewerFrame;
  const list = Object.entries(LISTS).find(([type]) => type === frame.type)?.[1];
  if (list === undefined) return undefined;
  return Array.isArray((frame as Record<string, unknown>)[list]) ? (frame as ViewerFrame) : undefined;
}
