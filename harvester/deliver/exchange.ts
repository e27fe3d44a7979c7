import type { IncomingMessage, RequestOptions } from 'node:http';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../clock.ts';
import { reasonOf } from '../log.ts';
import { certificateTrouble } from './certificate-trouble.ts';

export interface ExchangeRequest {
  url: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** For the whole exchange, from the name's lookup to the answer's last byte. */
  deadlineMs: number;
  /** For the connection alone. */
  connectMs: number;
  /** More than this of an answer ends the exchange. */
  limitBytes: number;
  signal?: AbortSignal | undefined;
}

export type ExchangeResult =
  | { ok: true; status: number; headers: Record<string, string | undefined>; body: string }
  /** No answer, or none that could be read; the request may have been carried out all the same. */
  | { ok: false; reason: string };

/** One HTTP request and its answer. Never rejects, follows no redirect, has an end in any case. */
export type Exchange = (request: ExchangeRequest) => Promise<ExchangeResult>;

export interface ExchangeDeps {
  clock: Clock;
  /** Finds addresses; shared with the rest of the Harvester. */
  lookup: LookupFunction;
  /** Certificates (PEM) that alone may vouch for a Nester's. */
  ca?: string | undefined;
  /** Keeps connections open between exchanges. */
  keepAlive: boolean;
}

export function createExchange({ clock, lookup, ca, keepAlive }: ExchangeDeps): {
  exchange: Exchange;
  /** Loads what an exchange with this address needs, so that it need not wait for it. */
  prepare: (url: string) => Promise<void>;
  close: () => void;
} {
  const closers: (() => void)[] = [];

  const openers = { 'http:': lazily(async () => opener(await import('node:http'))), 'https:': lazily(async () => opener(await import('node:https'))) };

  const openerFor = (url: URL) => openers[url.protocol === 'https:' ? 'https:' : 'http:']();

  function opener({ request, Agent }: typeof import('node:http') | typeof import('node:https')) {
    const agent = keepAlive ? new Agent({ keepAlive: true, maxSockets: 4, maxFreeSockets: 2 }) : undefined;
    if (agent !== undefined) closers.push(() => agent.destroy());
    return (url: URL, options: RequestOptions, onAnswer: (answer: IncomingMessage) => void) =>
      // The certificate is verified whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      request(
        url,
        { ...options, ...(agent === undefined ? { agent: false } : { agent }), rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
        onAnswer,
      );
  }

  async function exchange({ url, method, headers, body, deadlineMs, connectMs, limitBytes, signal }: ExchangeRequest): Promise<ExchangeResult> {
    const target = new URL(url);
    const open = await openerFor(target);
    return new Promise<ExchangeResult>((resolve) => {
      const cancels: (() => void)[] = [];
      const finish = (result: ExchangeResult): void => {
        for (const cancel of cancels) cancel();
        resolve(result);
      };
      const fail = (reason: string): void => {
        finish({ ok: false, reason });
        request.destroy();
      };
      const payload = body === undefined ? undefined : Buffer.from(body);
      const request = open(
        target,
        { method, lookup, headers: { ...headers, ...(payload && { 'content-length': String(payload.length) }) } },
        (answer) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          answer.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > limitBytes) fail(`the answer is larger than ${limitBytes} bytes`);
            else chunks.push(chunk);
          });
          answer.on('aborted', () => fail('the connection was closed in the middle of the answer'));
          answer.on('error', (error) => fail(reasonOf(error)));
          answer.on('end', () =>
            finish({
              ok: true,
              status: answer.statusCode ?? 0,
              headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      request.on('error', (error) => fail(certificateTrouble(error) ?? reasonOf(error)));
      request.on('socket', (socket) => {
        if (!socket.connecting) return;
        const cancel = clock.after(connectMs, () => fail(`no connection within ${connectMs / 1000} s`));
        cancels.push(cancel);
        socket.once('connect', cancel);
      });
      cancels.push(clock.after(deadlineMs, () => fail(`no answer within ${deadlineMs / 1000} s`)));
      const onAbort = (): void => fail('stopped');
      signal?.addEventListener('abort', onAbort);
      cancels.push(() => signal?.removeEventListener('abort', onAbort));
      if (signal?.aborted) onAbort();
      else request.end(payload);
    });
  }

  async function prepare(url: string): Promise<void> {
    await openerFor(new URL(url));
  }

  return { exchange, prepare, close: () => closers.forEach((close) => close()) };
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
