import type { IncomingHttpHeaders } from 'node:http';

/** The head of a request of the plainest kind, read. */
export interface PlainHead {
  method: 'POST';
  url: string;
  headers: IncomingHttpHeaders;
  /** Bytes of the body. */
  length: number;
}

/** Headers that say how a message is to be taken apart or passed on (RFC 9112, 6 to 9; RFC 9110, 7.6 and 10.1.1): not plain. */
const OF_THE_CONNECTION = new Set(['transfer-encoding', 'te', 'trailer', 'upgrade', 'expect', 'keep-alive', 'proxy-connection', 'http2-settings']);

/** `POST`, a path of unreserved characters (RFC 3986, 2.3) without a query, and HTTP/1.1. */
const REQUEST_LINE = /^POST (\/[A-Za-z0-9._~/-]*) HTTP\/1\.1$/;
/** A token, a colon, and printable ASCII (RFC 9110, 5.5 and 5.6.2). Whatever else HTTP allows is not plain. */
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)?)[ \t]*$/;

/**
 * Reads a head that leaves no room for two opinions: every line well formed, no header twice, a
 * `Host`, a `Content-Length` of plain digits, nothing about the connection but that it may be kept.
 * Returns `undefined` for all others, valid or not: they are for Node's own parser to judge.
 * `text`: the head in Latin-1, without the empty line that ends it.
 */
export function readPlainHead(text: string, mostHeaders: number): PlainHead | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const url = REQUEST_LINE.exec(first)?.[1];
  if (url === undefined || lines.length > mostHeaders) return undefined;
  const headers: IncomingHttpHeaders = {};
  for (const line of lines) {
    const [, given = '', value = ''] = HEADER_LINE.exec(line) ?? [];
    const name = given.toLowerCase();
    if (name === '' || OF_THE_CONNECTION.has(name) || Object.hasOwn(headers, name) || name === '__proto__') return undefined;
    headers[name] = value;
  }
  const { host, connection = 'keep-alive', 'content-length': length = '' } = headers;
  if (host === undefined || connection.toLowerCase() !== 'keep-alive' || !/^\d{1,9}$/.test(length)) return undefined;
  return { method: 'POST', url, headers, length: Number(length) };
}
