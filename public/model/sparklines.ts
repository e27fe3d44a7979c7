import type { ViewerFrame } from '../../protocol/frames.ts';
import { createSparkline, type GrowingSparkline, type Sparkline } from './sparkline.ts';

/**
 * The last hour's latency of the nodes on the screen: asked for once, some at a time, and then
 * kept fresh by the reports that come anyway. What is scrolled past too quickly to be read is not
 * asked for; what was scrolled away long ago is forgotten.
 */
export interface Sparklines {
  /** The same object for as long as it is kept; `undefined`: not known, or not yet. */
  of(node: string, nowMs: number): Sparkline | undefined;
  /** These are on the screen now. */
  want(nodes: readonly string[]): void;
  /** Takes in what Nester tells. */
  hear(frame: ViewerFrame): void;
  /** Reports may have been missed: asks anew. What is known is shown until then. */
  askAgain(): void;
  close(): void;
}

export interface SparklinesAnswer {
  from: number;
  step: number;
  nodes: Record<string, (number | null)[]>;
}

export interface SparklinesDeps {
  /** `'never'`: this Nester has none to give. `'later'`: not now. */
  ask: (nodes: readonly string[]) => Promise<SparklinesAnswer | 'never' | 'later'>;
  /** Something is known that was not. */
  onNews: () => void;
  /** Calls back once after a while; the returned function calls that off. */
  after: (delayMs: number, callback: () => void) => () => void;
}

/** So many nodes at most in one request, and so many characters of their names as they stand in its address. */
export const BATCH = { nodes: 64, characters: 6_000 };
/** Rows must have stood still for so long. */
export const STILL_MS = 150;
export const RETRY_MS = 10_000;
const KEPT = 1_000;

export function createSparklines({ ask, onNews, after }: SparklinesDeps): Sparklines {
  const known = new Map<string, GrowingSparkline>();
  /** Those that need no request: known, and nothing was missed since; or Nester knows nothing of them. */
  const settled = new Set<string>();
  let wanted: ReadonlySet<string> = new Set();
  let isAsking = false;
  let isOver = false;
  let callOff: (() => void) | undefined;

  const isOpen = (): boolean => !isOver;

  function batch(): string[] {
    const nodes: string[] = [];
    let characters = 0;
    for (const node of wanted) {
      if (settled.has(node)) continue;
      characters += encodeURIComponent(node).length + 6;
      if (nodes.length > 0 && (nodes.length === BATCH.nodes || characters > BATCH.characters)) break;
      nodes.push(node);
    }
    return nodes;
  }

  function schedule(delayMs: number): void {
    callOff?.();
    callOff = after(delayMs, () => {
      callOff = undefined;
      void pump();
    });
  }

  function forget(): void {
    for (const node of known.keys()) {
      if (known.size <= KEPT) return;
      if (wanted.has(node)) continue;
      known.delete(node);
      settled.delete(node);
    }
  }

  async function pump(): Promise<void> {
    if (isAsking || isOver) return;
    const nodes = batch();
    if (nodes.length === 0) return;
    isAsking = true;
    for (const node of nodes) settled.add(node);
    const answer = await ask(nodes);
    isAsking = false;
    if (answer === 'never') isOver = true;
    if (answer === 'never' || !isOpen()) return;
    if (answer === 'later') {
      for (const node of nodes) settled.delete(node);
      schedule(RETRY_MS);
      return;
    }
    for (const node of nodes) {
      const values = Object.hasOwn(answer.nodes, node) ? answer.nodes[node] : undefined;
      known.delete(node);
      if (values) known.set(node, createSparkline(answer.from, answer.step, values));
    }
    forget();
    onNews();
    schedule(0);
  }

  return {
    of(node, nowMs) {
      const line = known.get(node);
      line?.advance(nowMs);
      return line;
    },
    want(nodes) {
      if (isOver || (nodes.length === wanted.size && nodes.every((node) => wanted.has(node)))) return;
      wanted = new Set(nodes);
      schedule(STILL_MS);
    },
    hear(frame) {
      if (frame.type === 'removed') {
        for (const node of frame.nodes) {
          known.delete(node);
          settled.delete(node);
        }
      }
      if (frame.type !== 'reports') return;
      for (const { node, timestamp, latency } of frame.reports) {
        const line = known.get(node);
        if (line && latency !== null && latency !== undefined) line.add(Date.parse(timestamp), latency);
        // Nester knew nothing of it when it was asked; now it does.
        else if (!line && !isAsking) settled.delete(node);
      }
    },
    askAgain() {
      isOver = false;
      settled.clear();
      schedule(STILL_MS);
    },
    close() {
      isOver = true;
      callOff?.();
    },
  };
}
