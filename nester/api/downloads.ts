import type { Request, Response } from 'express';
import type { Downloads } from '../downloads.ts';
import { type AddressRules, askedAddress } from '../http/asked-address.ts';
import { PAGE_HEADERS } from '../http/security-headers.ts';
import { createServePage } from './page.ts';

/** Answers a GET or HEAD of each path of what sites get. */
export function createDownloadHandlers({ files, addressed }: Downloads, rules: AddressRules): ReadonlyMap<string, (request: Request, response: Response) => void> {
  const serveFile = createServePage(files);
  return new Map([
    ...Array.from(files.keys(), (path) => [path, (request: Request, response: Response) => void serveFile(path, request, response)] as const),
    ...Array.from(addressed, ([path, bodyAt]) => [
      path,
      (request: Request, response: Response) => {
        const body = bodyAt(askedAddress(request, rules) ?? '');
        // Another's address in it would send reports elsewhere: no cache may hand it on.
        response.writeHead(200, { ...PAGE_HEADERS, 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
        response.end(body);
      },
    ] as const),
  ]);
}
