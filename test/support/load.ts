import { Agent, request } from 'node:http';

/** Senders that keep a Nester busy and remember what it acknowledged. */
export interface Load {
  /** `node timestamp` of every report that was acknowledged. */
  acknowledged: Set<string>;
  /** Reports that were answered with something else than 201, by status. */
  refused: Map<number, number>;
  /** Resolves when so many more were acknowledged. Rejects when the senders ended before. */
  more(count: number): Promise<void>;
  /** Ends the senders; resolves when their last requests are over. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  senders?: number;
  /** Put before the names of the nodes, so that several loads do not share reports. */
  name?: string;
  /** Told of every acknowledgement, with the report. */
  onAck?: (report: { node: string; timestamp: string; n: number }) => void;
}

/** Each sender posts one report after the other, with its own node and ascending timestamps. */
export function startLoad(url: string, { senders = 8, name = 'load', onAck }: LoadOptions = {}): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const acknowledged = new Set<string>();
  const refused = new Map<number, number>();
  const waiting: { count: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  let stopped = false;

  async function send(sender: number): Promise<void> {
    const node = `${name}-${sender}`;
    for (let n = 0; !stopped; n++) {
      const timestamp = new Date(Date.now() - 60_000 + n).toISOString();
      const status = await post(url, { node, timestamp, metrics: { n } }, agent);
      // The server is gone: whatever it had not answered, it owes nobody.
      if (status === undefined) return;
      if (status !== 201 && status !== 200) {
        refused.set(status, (refused.get(status) ?? 0) + 1);
        continue;
      }
      acknowledged.add(`${node} ${timestamp}`);
      onAck?.({ node, timestamp, n });
      for (const waiter of waiting.filter(({ count }) => acknowledged.size >= count)) {
        waiting.splice(waiting.indexOf(waiter), 1);
        waiter.resolve();
      }
    }
  }

  const ended = Promise.all(Array.from({ length: senders }, (_, sender) => send(sender))).then(() => {
    agent.destroy();
    for (const waiter of waiting) waiter.reject(new Error(`the load ended after ${acknowledged.size} acknowledgements`));
  });

  return {
    acknowledged,
    refused,
    more: (count) =>
      new Promise((resolve, reject) => {
        waiting.push({ count: acknowledged.size + count, resolve, reject });
      }),
    async stop() {
      stopped = true;
      await ended;
    },
  };
}

/** Status of the answer; `undefined` when there was none. */
function post(url: string, report: unknown, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve) => {
    const body = JSON.stringify(report);
    const sent = request(
      `${url}/api/report`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode));
        answer.once('error', () => resolve(undefined));
      },
    );
    sent.once('error', () => resolve(undefined));
    sent.end(body);
  });
}

/** `node timestamp` of every report that Nester returns, in its order. */
export async function keptReports(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/reports`);
  const reports = (await answer.json()) as { node: string; timestamp: string }[];
  return reports.map(({ node, timestamp }) => `${node} ${timestamp}`);
}
