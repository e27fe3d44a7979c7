/** One thing wrong with an input: where (`metrics.cpu`, `targets[0].name`, `''` for the whole) and what. */
export interface InputError {
  path: string;
  message: string;
}

/**
 * What a decoder returns. The other side's fault is a value, never a throw: `errors` says
 * which field, what was expected and what came.
 */
export type Decoded<T> = { ok: true; value: T } | { ok: false; errors: InputError[] };

/** A refusal with a single reason. */
export function refused(message: string, path = ''): { ok: false; errors: InputError[] } {
  return { ok: false, errors: [{ path, message }] };
}
