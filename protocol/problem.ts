import type { InputError } from './decoded.ts';

/** An error answer, RFC 9457 (`application/problem+json`). `errors` only for invalid input. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: InputError[];
}

export const PROBLEM_TYPE = 'application/problem+json';
