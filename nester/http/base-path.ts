import type { IncomingMessage } from 'node:http';
import { type Decoded, refused } from '../../protocol/decoded.ts';

/** Reads `NESTER_BASE_PATH`: `/nester`, `/tools/nester/`. What is read has no slash at its end; of `/`, nothing is left. */
export function readBasePath(text: string): Decoded<string> {
  if (/^(\/[A-Za-z0-9._~-]+)*\/?$/.test(text) && !/\/\.{1,2}(\/|$)/.test(text)) return { ok: true, value: text.replace(/\/$/, '') };
  return refused(`expected a path such as /nester, got ${JSON.stringify(text.slice(0, 60))}`);
}

/**
 * Takes the base path off a request, so that all that follows knows nothing of it. A request
 * without it stays as it is: many proxies take the path off themselves, and supervisors ask on
 * the machine itself. Returns where to ask instead if it was for the base path without its slash.
 */
export function takeBasePath(request: Pick<IncomingMessage, 'url'>, basePath: string): string | undefined {
  const { url = '/' } = request;
  if (basePath === '' || !url.startsWith(basePath)) return undefined;
  const rest = url.slice(basePath.length);
  if (rest.startsWith('/')) request.url = rest;
  else if (rest === '' || rest.startsWith('?')) return `${basePath}/${rest}`;
  return undefined;
}
