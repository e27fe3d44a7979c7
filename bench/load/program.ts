/** What each load program has in common: parameters as JSON in, one line of JSON out. */

/** The caller casts it: the measurement that starts the program states the same type. */
export function parameters(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

export function finish(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

/** A load that meets anything unexpected measures nothing. */
export function fail(error: Error): never {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
