import type { Request, Response } from 'express';
import { sendProblem } from '../http/problem.ts';
import { createParameterReader, type ParameterReader } from './parameters.ts';

/** The parameters of a request's address. */
export function parametersOf({ originalUrl }: Pick<Request, 'originalUrl'>): URLSearchParams {
  return new URL(originalUrl, 'http://nester').searchParams;
}

export function readerOf(request: Pick<Request, 'originalUrl'>): ParameterReader {
  return createParameterReader(parametersOf(request));
}

/** Whether the question was not valid, and was answered so. */
export function isRefused({ errors }: ParameterReader, response: Response): boolean {
  if (errors.length === 0) return false;
  sendProblem(response, { status: 400, detail: 'The question is not valid.', errors });
  return true;
}
