import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { AgentAnswer } from '../../protocol/frames.ts';

/** A Harvester's end of `/ws/agent`, as bare as can be. */
export interface AgentClient {
  socket: WebSocket;
  /** Every frame that came, in order. */
  frames: AgentAnswer[];
  send(frame: unknown): void;
  /** Resolves to the next frame not yet taken. Rejects when the socket closed instead, or after 10 s. */
  next(): Promise<AgentAnswer>;
  /** Resolves to the code when it has closed. */
  closed: Promise<number>;
}

export async function connectAgent(url: string, headers: Record<string, string> = {}): Promise<AgentClient> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/agent`, { headers });
  const frames: AgentAnswer[] = [];
  let taken = 0;
  let wake: (() => void) | undefined;
  let closedWith: number | undefined;
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString('utf8')) as AgentAnswer);
    wake?.();
  });
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      closedWith = code;
      wake?.();
      resolve(code);
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);

  async function next(): Promise<AgentAnswer> {
    const endMs = performance.now() + 10_000;
    for (;;) {
      const frame = frames[taken];
      if (frame) {
        taken++;
        return frame;
      }
      if (closedWith !== undefined) throw new Error(`closed with ${closedWith} instead of a frame`);
      if (performance.now() > endMs) throw new Error('no frame within 10 s');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  return {
    socket,
    frames,
    closed,
    next,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
  };
}

/** Tries to open a WebSocket and resolves to the HTTP answer that refused it. */
export function refusedUpgrade(url: string, headers: Record<string, string> = {}): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('the socket was opened'));
    });
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
  });
}
