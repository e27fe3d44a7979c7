import type { StoreUnavailableError } from '../store/report-store.ts';
import type { Refusal } from './problem.ts';

const CODE: StoreUnavailableError['code'] = 'NESTER_STORE_UNAVAILABLE';

/** Seconds after which to try again what could not be written. */
export const RETRY_SECONDS = 2;

/** Whether an error says that nothing can be stored now. Known by its code: the store's class stays the store's. */
export function isStoreUnavailable(error: unknown): error is StoreUnavailableError {
  return error instanceof Error && 'code' in error && error.code === CODE;
}

export const NOT_WRITABLE: Refusal = {
  status: 503,
  detail: 'This cannot be written now, and was not stored. Send it again later.',
  headers: { 'Retry-After': String(RETRY_SECONDS) },
};

export const STOPPING: Refusal = {
  status: 503,
  detail: 'This Nester is stopping. Send it again later.',
  headers: { 'Retry-After': String(RETRY_SECONDS), Connection: 'close' },
};
