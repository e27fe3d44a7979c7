import { connect } from 'node:net';

/** Sends one report. */
export function postReport(url: string, report: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return postText(`${url}/api/report`, JSON.stringify(report), { 'content-type': 'application/json', ...headers });
}

/** Sends several reports as a JSON array. */
export function postReports(url: string, reports: readonly unknown[], headers: Record<string, string> = {}): Promise<Response> {
  return postText(`${url}/api/reports`, JSON.stringify(reports), { 'content-type': 'application/json', ...headers });
}

/** Sends several reports as newline-delimited JSON. */
export function postLines(url: string, lines: string): Promise<Response> {
  return postText(`${url}/api/reports`, lines, { 'content-type': 'application/x-ndjson' });
}

export function postText(url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers });
}

/** Sends bytes as they are, and resolves to everything that came until the other side closed. */
export function exchangeRaw(port: number, ...parts: (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      for (const part of parts) socket.write(part);
    });
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (answer += text));
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(answer));
    socket.on('error', (error) => {
      if (answer === '') reject(error);
    });
  });
}

/** Waits until something is so; the error says what was not. Only what fails takes the whole deadline. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, deadlineMs = 60_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`still not so after ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
