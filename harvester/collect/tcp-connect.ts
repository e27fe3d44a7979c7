import { connect as connectSocket } from 'node:net';
import type { Clock } from '../clock.ts';
import { reasonOf } from '../log.ts';

/**
 * What became of an attempt to connect. `answered`: there is a host, and it took the connection
 * (`open`) or refused it. `silent`: nobody answered, or the network said that nobody is there.
 * `unsent`: this machine did not even ask.
 */
export type Reached = { kind: 'answered'; open: boolean; ms: number } | { kind: 'silent' } | { kind: 'unsent'; reason: string };

/** Connects to an IP address and lets go at once; nothing is sent over the connection. Never rejects. */
export type TcpConnect = (address: string, port: number, deadlineMs: number, signal?: AbortSignal) => Promise<Reached>;

/** A reset is an answer: it comes from the host itself, or from what answers in its name. */
const REFUSED = new Set(['ECONNREFUSED', 'ECONNRESET']);
const SILENT = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN']);

export function createTcpConnect(clock: Clock): TcpConnect {
  return function connect(address, port, deadlineMs, signal) {
    return new Promise((resolve) => {
      const startedMs = clock.monotonic();
      const socket = connectSocket({ host: address, port });
      const finish = (reached: Reached): void => {
        cancel();
        signal?.removeEventListener('abort', onAbort);
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        socket.destroy();
        resolve(reached);
      };
      const answered = (open: boolean): void => finish({ kind: 'answered', open, ms: clock.monotonic() - startedMs });
      const onAbort = (): void => finish({ kind: 'unsent', reason: 'it was stopped' });
      const cancel = clock.after(deadlineMs, () => finish({ kind: 'silent' }));

      socket.once('connect', () => answered(true));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (REFUSED.has(error.code ?? '')) answered(false);
        else if (SILENT.has(error.code ?? '')) finish({ kind: 'silent' });
        else finish({ kind: 'unsent', reason: reasonOf(error) });
      });
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort);
    });
  };
}
