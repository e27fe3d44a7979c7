/**
 * Why the log folder cannot be used as it is; for the operator to act on.
 *
 * - `NESTER_LOG_NEWER`: written by a newer Nester. Nothing was touched.
 * - `NESTER_LOG_UNUSABLE`: the folder or a segment cannot be opened, read or repaired.
 * - `NESTER_LOG_GONE`: a place was read whose segment was removed or rewritten meanwhile.
 */
export class LogError extends Error {
  constructor(
    readonly code: 'NESTER_LOG_NEWER' | 'NESTER_LOG_UNUSABLE' | 'NESTER_LOG_GONE',
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LogError';
  }
}

/** Node's `code` of a file system error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
