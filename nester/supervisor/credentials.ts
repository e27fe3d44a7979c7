import { join } from 'node:path';

/**
 * The environment, with what systemd gave as credentials (`LoadCredential=NESTER_API_KEY:/etc/...`,
 * systemd.exec(5)): each setting that is a secret may be a file of its name in
 * `$CREDENTIALS_DIRECTORY`, which no list of processes and no child ever shows. A variable wins.
 * Throws what `readFile` throws, but for a file that is not there.
 */
export function withCredentials(
  environment: Readonly<Record<string, string | undefined>>,
  secrets: readonly { env: string }[],
  readFile: (path: string) => string,
): Record<string, string | undefined> {
  const folder = environment['CREDENTIALS_DIRECTORY'];
  if (!folder) return environment;
  const found: Record<string, string> = {};
  for (const { env } of secrets) {
    try {
      // Whoever writes such a file by hand ends its line.
      found[env] = readFile(join(folder, env)).replace(/\r?\n$/, '');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  const given = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '');
  return { ...found, ...Object.fromEntries(given) };
}
