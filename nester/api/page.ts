import type { IncomingMessage, ServerResponse } from 'node:http';
import { PAGE_HEADERS } from '../http/security-headers.ts';
import { etagOf, isKnown } from './etag.ts';

/** The page and its assets by path; `/` is the page itself, `/nodes/` that of any node. All of it in memory: it is small. */
export type Page = ReadonlyMap<string, Asset>;

export interface Asset {
  /** Content-Type. */
  type: string;
  /** The name carries a hash of the content, so whoever has it never needs to ask again. */
  immutable: boolean;
  body: Buffer;
  /** Compressed with Brotli, and with gzip, where that makes it smaller. */
  br?: Buffer;
  gz?: Buffer;
}

type Encoding = 'br' | 'gzip' | 'identity';

/** Answers a GET or HEAD of a path of the page. Returns `false`, and does nothing, when there is no such path. */
export type ServePage = (path: string, request: IncomingMessage, response: ServerResponse) => boolean;

export function createServePage(page: Page): ServePage {
  const etags = new Map<Buffer, string>();
  for (const { body, br, gz } of page.values()) {
    for (const bytes of [body, br, gz]) if (bytes) etags.set(bytes, etagOf(bytes.toString('base64')));
  }

  return function servePage(path, request, response) {
    const asset = page.get(path);
    if (asset === undefined) return false;
    const { encoding, bytes } = bestOf(asset, request.headers['accept-encoding'] ?? '');
    const etag = etags.get(bytes) ?? '';
    const headers = {
      ...PAGE_HEADERS,
      'Cache-Control': asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      ETag: etag,
      Vary: 'Accept-Encoding',
    };
    if (isKnown(etag, request.headers['if-none-match'])) {
      response.writeHead(304, headers).end();
      return true;
    }
    response.writeHead(200, {
      ...headers,
      'Content-Type': asset.type,
      'Content-Length': bytes.length,
      ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
    });
    response.end(bytes);
    return true;
  };
}

/** Name of the page's script, which changes with every change of the page. */
export function scriptOf(page: Page): string | undefined {
  const html = page.get('/')?.body.toString();
  return html === undefined ? undefined : /<script[^>]*\ssrc="\.\/([^"]+)"/.exec(html)?.[1];
}

/** The smallest form that the asker says it takes. */
function bestOf(asset: Asset, acceptEncoding: string): { encoding: Encoding; bytes: Buffer } {
  if (asset.br && takes('br', acceptEncoding)) return { encoding: 'br', bytes: asset.br };
  if (asset.gz && takes('gzip', acceptEncoding)) return { encoding: 'gzip', bytes: asset.gz };
  return { encoding: 'identity', bytes: asset.body };
}

/** Whether `Accept-Encoding` names a coding, or any, and not with `q=0`. */
function takes(coding: string, acceptEncoding: string): boolean {
  const wanted = new Map<string, boolean>();
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    wanted.set(name, !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)));
  }
  return wanted.get(coding) ?? wanted.get('*') ?? false;
}
