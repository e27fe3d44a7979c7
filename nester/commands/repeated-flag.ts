/**
 * Takes a flag that may come more than once (`--node a --node=b`) out of the arguments, which the
 * table of settings (protocol/settings.ts) has no word for. One without a value stays in `rest`,
 * and is complained about there.
 */
export function takeRepeatedFlag(args: readonly string[], name: string): { values: string[]; rest: string[] } {
  const values: string[] = [];
  const rest: string[] = [];
  const flag = `--${name}`;
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    const next = args[at + 1];
    if (argument.startsWith(`${flag}=`)) values.push(argument.slice(flag.length + 1));
    else if (argument === flag && next !== undefined && !next.startsWith('--')) {
      values.push(next);
      at++;
    } else rest.push(argument);
  }
  return { values, rest };
}
