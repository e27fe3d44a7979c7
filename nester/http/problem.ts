import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { InputError } from '../../protocol/decoded.ts';
import { type Problem, PROBLEM_TYPE } from '../../protocol/problem.ts';
import { API_HEADERS } from './security-headers.ts';

/** A refusal as a value: what the answer says, whichever door gives it. */
export interface Refusal {
  status: number;
  detail: string;
  errors?: InputError[];
  /** Further headers, such as `Allow` or `Retry-After`. */
  headers?: Record<string, string>;
}

/** The body of an error answer (RFC 9457). `about:blank` says: no more than the status means. */
export function problemOf({ status, detail, errors }: Refusal): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, ...(errors ? { errors } : {}) };
}

/** Headers and body of an error answer, ready to be written. */
export function problemAnswer(refusal: Refusal): { headers: Record<string, string>; body: string } {
  const body = JSON.stringify(problemOf(refusal));
  return {
    body,
    headers: {
      ...API_HEADERS,
      'Content-Type': PROBLEM_TYPE,
      'Content-Length': String(Buffer.byteLength(body)),
      'Cache-Control': 'no-store',
      ...refusal.headers,
    },
  };
}

/** Answers with a problem. Does nothing when an answer has begun: what was sent cannot be taken back. */
export function sendProblem(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) return;
  const { headers, body } = problemAnswer(refusal);
  response.writeHead(refusal.status, headers).end(body);
}
