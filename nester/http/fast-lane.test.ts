import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failingStore } from '../../test/support/failing-store.ts';
import { startMemoryNester } from '../../test/support/memory-nester.ts';
import { exchangeRaw } from '../../test/support/requests.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { type ReportStore, StoreUnavailableError } from '../store/report-store.ts';
import type { PlainAnswer } from './fast-lane.ts';
import { createHttpServer } from './http-server.ts';
import { TRUST_NOBODY } from './trust-proxy.ts';

interface Answer {
  status: string;
  headers: Record<string, string>;
  body: string;
}

/** A connection that is talked on by hand. */
interface Talk {
  say: (text: string) => void;
  /** The next answer that comes. */
  hear: () => Promise<Answer>;
  /** Resolves when the other side has ended. */
  ended: Promise<void>;
  socket: Socket;
}

async function talk(port: number): Promise<Talk> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  onTestFinished(() => void socket.destroy());
  let came = '';
  let look = (): void => undefined;
  socket.on('data', (text: string) => {
    came += text;
    look();
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  return {
    socket,
    say: (text) => void socket.write(text, 'latin1'),
    ended: new Promise((resolve) => socket.once('close', () => resolve())),
    hear: () =>
      new Promise((resolve) => {
        look = () => {
          const answer = firstAnswer(came);
          if (!answer) return;
          came = came.slice(answer.length);
          look = () => undefined;
          resolve(answer);
        };
        look();
      }),
  };
}

function firstAnswer(text: string): (Answer & { length: number }) | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [first = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  const length = headEnd + 4 + Number(headers['Content-Length']);
  return text.length < length ? undefined : { status: first, headers, body: text.slice(headEnd + 4, length), length };
}

function post(body: string, headers: readonly string[] = [], path = '/api/report'): string {
  return [`POST ${path} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body, 'latin1')}`, ...headers, '', body].join('\r\n');
}

/** Says nothing that matters to anyone; but it is about the connection, so Node's HTTP has the request. */
const BY_NODE = 'TE: trailers';

async function ask(port: number, request: string): Promise<Answer> {
  const { say, hear } = await talk(port);
  say(request);
  const { status, headers, body } = await hear();
  return { status, headers: { ...headers, Date: headers['Date']?.replace(/\d\d:\d\d:\d\d/, 'hh:mm:ss') ?? 'none' }, body };
}

const failing = (error: Error) => (store: ReportStore): Partial<ReportStore> => failingStore(store, () => error);

describe('a request that came in one piece', () => {
  it.each<[string, string, string[], Parameters<typeof startMemoryNester>[0], number]>([
    ['a report', '{"node":"a","timestamp":1700000000000,"latency":3.4}', [], {}, 201],
    ['a name beyond Latin-1', Buffer.from('{"node":"Łódź","timestamp":1700000000000}').toString('latin1'), [], {}, 201],
    ['a report that is not valid', '{"node":"","latency":-1}', [], {}, 400],
    ['no JSON', '{"node"', [], {}, 400],
    ['bytes that are no UTF-8', '{"node":"caf\xe9"}', [], {}, 400],
    ['an empty body', '', [], {}, 400],
    ['a coding', '{"node":"a"}', ['Content-Encoding: gzip'], {}, 415],
    ['no key', '{"node":"a"}', [], { config: { apiKey: 'secret' } }, 401],
    ['the key', '{"node":"a","timestamp":1700000000000}', ['X-API-Key: secret'], { config: { apiKey: 'secret' } }, 201],
    ['a page of somebody else', '{"node":"a"}', ['Origin: https://evil.example'], {}, 403],
    ['too many of them', '{"node":"a","timestamp":1700000000000}', [], { config: { limits: { ...DEFAULT_LIMITS, addressRate: 1 } } }, 429],
    ['a full disk', '{"node":"a"}', [], { around: failing(new StoreUnavailableError(new Error('full'))) }, 503],
    ['a fault of ours', '{"node":"a"}', [], { around: failing(new Error('oh')) }, 500],
  ])('is answered as Node\'s HTTP has it answered: %s', async (_, body, headers, options, status) => {
    const lane = await startMemoryNester(options);
    const node = await startMemoryNester(options);
    if (status === 429) for (const { port } of [lane, node]) await ask(port, post(body, headers));

    const [quick, slow] = [await ask(lane.port, post(body, headers)), await ask(node.port, post(body, [...headers, BY_NODE]))];

    expect(quick).toEqual(slow);
    expect(quick.status).toContain(` ${status} `);
    expect(lane.store.count()).toBe(node.store.count());
  });

  it('is taken under the base path, too', async () => {
    const { port, store } = await startMemoryNester({ config: { basePath: '/nester' } });

    for (const path of ['/nester/api/report', '/api/report']) expect((await ask(port, post('{"node":"a"}', [], path))).status).toBe('HTTP/1.1 201 Created');

    expect(store.count()).toBe(2);
  });
});

describe('a connection', () => {
  it('goes from report to report, and to whatever else is asked on it', async () => {
    const { port, store } = await startMemoryNester();
    const { say, hear } = await talk(port);

    for (const request of [post('{"node":"a"}'), post('{"node":"b","latency":1}'), 'GET /api/nodes/a HTTP/1.1\r\nHost: x\r\n\r\n', post('{"node":"c"}')]) {
      say(request);
      expect((await hear()).status).toMatch(/ 20[01] /);
    }

    expect(store.count()).toBe(3);
  });

  it('has several requests at once answered in their order', async () => {
    const { port, store } = await startMemoryNester();
    const { say, hear } = await talk(port);

    say(post('{"node":"first"}'));
    say(post('{"node":"second"}') + post('{"node":"third"}') + post('{"node":"fourth"}').slice(0, -3));
    say('h"}');

    const nodes = [];
    for (let answers = 0; answers < 4; answers++) nodes.push((JSON.parse((await hear()).body) as { node: string }).node);
    expect(nodes).toEqual(['first', 'second', 'third', 'fourth']);
    expect(store.count()).toBe(4);
  });

  it('may come byte by byte', async () => {
    const { port, store } = await startMemoryNester();
    const { say, hear, socket } = await talk(port);
    socket.setNoDelay(true);

    for (const byte of post('{"node":"slow"}')) {
      say(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }

    expect((await hear()).status).toBe('HTTP/1.1 201 Created');
    expect(store.count()).toBe(1);
  });

  it.each([
    ['two lengths', post('{"node":"a"}', ['Content-Length: 3']), 400],
    ['a length and chunks', post('{"node":"a"}', ['Transfer-Encoding: chunked']), 400],
    ['no host', post('{"node":"a"}').replace('Host: x\r\n', ''), 400],
    ['no HTTP', 'hello\r\n\r\n', 400],
  ])('with %s is refused by Node\'s HTTP', async (_, request, status) => {
    const { port, store } = await startMemoryNester();

    expect(await exchangeRaw(port, request)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(store.count()).toBe(0);
  });

  it('whose other side has said all is answered and ended', async () => {
    const { port } = await startMemoryNester();
    const { say, hear, ended, socket } = await talk(port);

    say(post('{"node":"a"}'));
    socket.end();

    expect(await hear()).toMatchObject({ status: 'HTTP/1.1 201 Created' });
    await ended;
  });

  it('that is gone before its answer leaves nothing behind', async () => {
    const { answers, port } = await startHeld();
    const { say, socket } = await talk(port);

    say(post('{}'));
    const answer = await answers.next();
    socket.destroy();
    const { say: sayNext, hear } = await talk(port);
    sayNext(post('{}'));
    (await answers.next())(201, [], 'next');
    answer(201, [], 'too late');

    expect((await hear()).body).toBe('next');
  });

  it('on which nothing is asked is told so, and ended', async () => {
    const { port } = await startHeld({ headersMs: 50 });
    const { hear, ended } = await talk(port);

    expect((await hear()).status).toBe('HTTP/1.1 408 Request Timeout');
    await ended;
  });

  it('that is idle after its answer is ended', async () => {
    const { answers, port } = await startHeld({ idleMs: 50 });
    const { say, hear, ended } = await talk(port);

    say(post('{}'));
    (await answers.next())(201, [], '{}');

    expect((await hear()).headers['Keep-Alive']).toBe('timeout=0');
    await ended;
  });

  it('is ended when the server closes: at once if idle, else with its answer', async () => {
    const { answers, port, close } = await startHeld();
    const [idle, busy] = [await talk(port), await talk(port)];
    idle.say(post('{}'));
    (await answers.next())(201, [], '{}');
    await idle.hear();
    busy.say(post('{}'));
    const answer = await answers.next();

    const closed = close(60_000);
    await idle.ended;
    answer(201, [], 'last');

    expect(await busy.hear()).toMatchObject({ headers: { Connection: 'close' }, body: 'last' });
    await Promise.all([busy.ended, closed]);
  });

  it('whose answer never comes is cut when the time to close is over', async () => {
    const { answers, port, close } = await startHeld();
    const { say, ended } = await talk(port);
    say(post('{}'));
    await answers.next();

    await close(20);
    await ended;
  });
});

/** A server whose requests wait for the test to answer them. */
async function startHeld(limits: Partial<Limits> = {}) {
  const held: PlainAnswer[] = [];
  const waiting: ((answer: PlainAnswer) => void)[] = [];
  const server = createHttpServer(
    {
      request: (_request, response) => void response.writeHead(404).end(),
      upgrade: (_request, connection) => void connection.destroy(),
      plain: {
        accepts: () => true,
        handle: (_request, _body, answer) => {
          const next = waiting.shift();
          if (next) next(answer);
          else held.push(answer);
        },
      },
    },
    { limits: { ...DEFAULT_LIMITS, ...limits }, trust: TRUST_NOBODY },
  );
  const port = await server.listen('127.0.0.1', 0);
  let closed: Promise<void> | undefined;
  const close = (graceMs: number): Promise<void> => (closed ??= server.close(graceMs));
  onTestFinished(() => close(0));
  return {
    port,
    close,
    answers: {
      next: () =>
        new Promise<PlainAnswer>((resolve) => {
          const answer = held.shift();
          if (answer) resolve(answer);
          else waiting.push(resolve);
        }),
    },
  };
}
