import { WebSocket } from 'ws';
import type { LiveReport, NodeState } from '../../protocol/node-state.ts';

/** A frame as it came. Which of the fields are there depends on the type. */
export interface SeenFrame {
  type: string;
  protocol: number;
  cursor: string;
  serverTime: number;
  nodes: NodeState[];
  reports: LiveReport[];
  message: string;
}

/** An open page without a screen: keeps every frame, in order. */
export interface ViewerClient {
  socket: WebSocket;
  frames: SeenFrame[];
  /** The first frame, now or to come, that is so. Rejects with what came instead after the deadline. */
  frame(what: string, isIt: (frame: SeenFrame) => boolean, deadlineMs?: number): Promise<SeenFrame>;
  /** The newest state of the node, once it is so. */
  node(name: string, isIt: (state: NodeState) => boolean, deadlineMs?: number): Promise<NodeState>;
  /** Resolves to the close code. */
  closed: Promise<number>;
}

/** Opens `/ws`. `url` is Nester's base address. */
export async function openViewer(url: string, query = '', options: { autoPong?: boolean } = {}): Promise<ViewerClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws${query}`, { perMessageDeflate: false, ...options });
  const frames: SeenFrame[] = [];
  const looks = new Set<() => void>();
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) throw new Error('Nester sent a binary frame to a viewer');
    frames.push(JSON.parse(data.toString()) as SeenFrame);
    for (const look of looks) look();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  // An error after this is followed by the close, which tests wait for.
  socket.on('error', () => undefined);

  function wait<Found>(what: string, deadlineMs: number, find: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const end = (): void => {
        clearTimeout(alarm);
        looks.delete(look);
      };
      const alarm = setTimeout(() => {
        end();
        const came = frames.map((frame) => JSON.stringify(frame).slice(0, 300)).slice(-10);
        reject(new Error(`${what}: not within ${deadlineMs} ms. Frames that came last:\n${came.join('\n')}`));
      }, deadlineMs);
      looks.add(look);
      look();
    });
  }

  return {
    socket,
    frames,
    closed,
    frame: (what, isIt, deadlineMs = 20_000) => wait(what, deadlineMs, () => frames.find(isIt)),
    node: (name, isIt, deadlineMs = 20_000) =>
      wait(`state of ${name}`, deadlineMs, () =>
        frames
          .filter(({ type }) => type === 'snapshot' || type === 'nodes')
          .flatMap(({ nodes }) => nodes)
          .find((state) => state.node === name && isIt(state)),
      ),
  };
}

/** The status code of a refused upgrade. */
export function refusedUpgrade(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers });
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('the upgrade was accepted'));
    });
    socket.on('error', () => undefined);
  });
}

/** Posts JSON and gives the answer's status and body. */
export async function post(url: string, path: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}
