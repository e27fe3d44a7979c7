import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type InputError, refused } from '../../protocol/decoded.ts';
import { decodeJson } from '../../protocol/json.ts';
import { scanReport } from '../../protocol/scan-report.ts';
import { ANYONE, type Asker, type Grant, type Verdict } from '../auth/access.ts';
import type { Gate } from '../auth/gates.ts';
import { clientAddress } from '../http/client-address.ts';
import { answerProblem, type PlainAnswer } from '../http/fast-lane.ts';
import { problemAnswer, type Refusal, sendProblem } from '../http/problem.ts';
import { API_HEADERS } from '../http/security-headers.ts';
import type { TrustProxy } from '../http/trust-proxy.ts';
import { isStoreUnavailable, NOT_WRITABLE, STOPPING } from '../http/unavailable.ts';
import { VERSION } from '../version.ts';
import { ingestBatch } from './batch.ts';
import { declaredBytes, discardBody, readBody } from '../http/body.ts';
import { bodyType, JSON_TYPE, LINES_TYPE } from './content-type.ts';
import type { Ingest, Taken } from './ingest.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Turns } from './turns.ts';
import type { Limits } from '../limits.ts';

/**
 * `POST /api/report` and `POST /api/reports`, as plain `node:http` handlers in front of Express,
 * which would cost several times what the rest of a small report costs.
 *
 * Order of checks: method, stopping, rate, key, type, size, then the body. Nothing of a body is
 * read before the rest is in order, and nothing is parsed before its size is known.
 */
export interface ReportDoor {
  /** Answers the request if it is for this door; else returns `false` and has not touched it. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Whether `takeWhole` is for requests with such a head. */
  takesWhole(head: { url: string; length: number }): boolean;
  /** A request whose body is here already: the same checks, the same answers. */
  takeWhole(request: Asker, body: Buffer, answer: PlainAnswer): void;
  /** From now on refuses with 503. What was taken before is finished. */
  stop(): void;
}

export interface ReportDoorDeps {
  ingest: Ingest;
  /** Asked by who sends one report, and by who sends many. */
  gates: { one: Gate; many: Gate };
  rates: { address: RateLimit; key: RateLimit };
  limits: Pick<Limits, 'bodyBytes' | 'batchBytes' | 'jsonDepth'>;
  turns: Turns;
  trust: TrustProxy;
  log: { error(details: object, message: string): void };
}

interface Answer {
  status: number;
  body: string;
  /** Further headers: name, value, name, value. */
  more?: readonly string[];
}
/** What to answer. */
type Outcome = Answer | Refusal;

interface Door {
  gate: Gate;
  /** Media types of bodies that are taken. */
  types: readonly string[];
  limitBytes: number;
  /** Calls `answer` or `fail` once. */
  take: (bytes: Buffer, examined: Examined, answer: (outcome: Outcome) => void, fail: (error: unknown) => void) => void;
}

/** What is known of a request before its body is looked at. */
interface Examined {
  address: string;
  grant: Grant;
  type: string;
}

const JSON_HEADERS = [...Object.entries(API_HEADERS).flat(), 'Content-Type', JSON_TYPE, 'Cache-Control', 'no-store'];

const LAST_HEADERS = [...JSON_HEADERS, 'Connection', 'close'];

/** For those who have the key: a Harvester tells its people when the two do not match. */
const VERSION_HEADERS = ['Nester-Version', VERSION];

/** A report that is refused is worth so many that are taken: a flood of them is turned away before it is read. */
const INVALID_COST = 10;

const LARGE = (limitBytes: number): Refusal => ({
  status: 413,
  detail: `The body may have at most ${limitBytes} bytes.`,
  headers: { Connection: 'close' },
});

export function createReportDoor({ ingest, gates, rates, limits, turns, trust, log }: ReportDoorDeps): ReportDoor {
  let stopping = false;

  function verdictBeforeBody(request: Asker, address: string, gate: Gate): Verdict {
    if (stopping) return { ok: false, refusal: STOPPING };
    const waitSeconds = rates.address.take(address);
    if (waitSeconds > 0) return { ok: false, refusal: tooMany('from this address', waitSeconds) };
    const verdict = gate.ask(request);
    if (!verdict.ok || verdict.grant.holder === ANYONE) return verdict;
    const keyWaitSeconds = rates.key.take(verdict.grant.holder);
    return keyWaitSeconds > 0 ? { ok: false, refusal: tooMany('with this key', keyWaitSeconds) } : verdict;
  }

  /** What turns out to be more, or to be worth less, than the one report that was paid for at the door. */
  function charge(address: string, grant: Grant, count: number): void {
    if (count <= 0) return;
    rates.address.charge(address, count);
    if (grant.holder !== ANYONE) rates.key.charge(grant.holder, count);
  }

  /** What stands before the body: whose it is, and what it says it is. */
  function examine(request: Asker, { gate, types }: Door): Examined | { refusal: Refusal } {
    const address = clientAddress(request, trust);
    const verdict = verdictBeforeBody(request, address, gate);
    if (!verdict.ok) return verdict;
    const type = bodyType(request.headers, types);
    return typeof type === 'string' ? { address, grant: verdict.grant, type } : { refusal: type };
  }

  /** Checks what comes before the body, reads that, and gives it to `take`. */
  function receive(request: IncomingMessage, response: ServerResponse, door: Door): void {
    const examined = examine(request, door);
    if ('refusal' in examined) {
      refuse(request, response, examined.refusal);
      return;
    }
    const answer = (outcome: Outcome): void => {
      if ('body' in outcome) send(response, outcome, stopping);
      else refuse(request, response, outcome);
    };
    readBody(request, response, door.limitBytes, (body) => {
      if (body.kind === 'gone') return;
      if (body.kind === 'large') answer(LARGE(door.limitBytes));
      else give(body.bytes, examined, door, answer);
    });
  }

  function give(bytes: Buffer, examined: Examined, door: Door, answer: (outcome: Outcome) => void): void {
    const fail = (error: unknown): void => answer(refusalOf(error));
    turns.run(bytes.length, () => {
      try {
        door.take(bytes, examined, answer, fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  function takeReport(bytes: Buffer, grant: Grant): Taken {
    const scanned = scanReport(bytes);
    if (scanned) return ingest(scanned, grant);
    const input = isUtf8(bytes) ? decodeJson(bytes.toString('utf8'), limits.jsonDepth) : refused('not valid UTF-8');
    return input.ok ? ingest(input.value, grant) : input;
  }

  const one: Door = {
    gate: gates.one,
    types: [JSON_TYPE],
    limitBytes: limits.bodyBytes,
    take(bytes, { address, grant }, answer, fail) {
      const taken = takeReport(bytes, grant);
      if (!taken.ok) {
        charge(address, grant, INVALID_COST - 1);
        answer(taken.forbidden ? forbidden(taken.errors) : { status: 400, detail: 'The report is not valid.', errors: taken.errors });
        return;
      }
      const { node, timestamp, duplicate, durable } = taken.taking;
      durable.then(() => {
        // As JSON.stringify({ node, timestamp, duplicate }) would have it.
        answer({ status: duplicate ? 200 : 201, body: `{"node":${JSON.stringify(node)},"timestamp":"${timestamp}","duplicate":${duplicate}}` });
      }, fail);
    },
  };

  const many: Door = {
    gate: gates.many,
    types: [JSON_TYPE, LINES_TYPE],
    limitBytes: limits.batchBytes,
    take(bytes, { type, address, grant }, answer, fail) {
      ingestBatch(bytes, type === JSON_TYPE ? 'array' : 'lines', limits, (input) => ingest(input, grant)).then((outcome) => {
        if (!outcome.ok) {
          answer(outcome.refusal);
          return;
        }
        const { accepted, duplicates, rejected } = outcome.answer;
        // One was paid at the door; the rest is owed now that it is counted.
        charge(address, grant, accepted + duplicates + rejected.length - 1);
        answer({ status: 200, body: JSON.stringify(outcome.answer), more: VERSION_HEADERS });
      }, fail);
    },
  };

  function refusalOf(error: unknown): Refusal {
    if (isStoreUnavailable(error)) return NOT_WRITABLE;
    log.error({ err: error }, 'BUG: a report ended in an unexpected error');
    return { status: 500, detail: 'Something went wrong here. The report was not acknowledged.' };
  }

  return {
    handle(request, response) {
      const { url = '', method } = request;
      const query = url.indexOf('?');
      const path = query === -1 ? url : url.slice(0, query);
      if (path === '/api/report') {
        if (method === 'POST') receive(request, response, one);
        else refuse(request, response, { status: 405, detail: 'Reports are sent with POST.', headers: { Allow: 'POST' } });
        return true;
      }
      if (path !== '/api/reports' || method !== 'POST') return false;
      receive(request, response, many);
      return true;
    },
    takesWhole: ({ url, length }) => url === '/api/report' && length <= one.limitBytes,
    takeWhole(request, body, answer) {
      const answerPlain = (outcome: Outcome): void => {
        if ('body' in outcome) answer(outcome.status, stopping ? LAST_HEADERS : JSON_HEADERS, outcome.body);
        else answerProblem(outcome, answer);
      };
      const examined = examine(request, one);
      if ('refusal' in examined) answerPlain(examined.refusal);
      else give(body, examined, one, answerPlain);
    },
    stop() {
      stopping = true;
    },
  };
}

/** 403: sent with another key it may be taken. */
function forbidden(errors: InputError[]): Refusal {
  return { status: 403, detail: errors.map(({ message }) => message).join('; '), errors };
}

function tooMany(whence: string, seconds: number): Refusal {
  return {
    status: 429,
    detail: `Too many reports ${whence}. Go on in ${seconds} s.`,
    headers: { 'Retry-After': String(seconds) },
  };
}

/** One write: status, headers and body leave together. */
function send(response: ServerResponse, { status, body, more = [] }: Answer, isLast: boolean): void {
  const headers = [...JSON_HEADERS, ...more, 'Content-Length', String(Buffer.byteLength(body))];
  if (isLast) headers.push('Connection', 'close');
  response.writeHead(status, headers);
  response.end(body);
}

/** A refused body of at most so many bytes is read over, and its connection kept. */
const SKIPPED_BYTES = 8 * 1024 * 1024;

/**
 * Refuses, and minds a body that was not read. A small one of known size is read over by Node,
 * and the connection goes on; otherwise it ends, but only after the sender had time to read why.
 * A sender that waits for `100 Continue` may send its body or not: the connection ends there, too.
 */
function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const isBounded = (declaredBytes(request) ?? Infinity) <= SKIPPED_BYTES && request.headers.expect === undefined;
  if (request.complete || (isBounded && refusal.headers?.['Connection'] === undefined)) {
    sendProblem(response, refusal);
    return;
  }
  const { headers, body } = problemAnswer({ ...refusal, headers: { ...refusal.headers, Connection: 'close' } });
  response.writeHead(refusal.status, headers);
  // All of the answer, but not its end: Node closes the connection then.
  response.write(body);
  discardBody(request, () => response.end());
}
