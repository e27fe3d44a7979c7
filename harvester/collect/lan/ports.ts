import type { Host } from '../../../protocol/report.ts';
import type { Clock } from '../../clock.ts';
import type { TcpConnect } from '../tcp-connect.ts';

/** Adds which of the configured TCP ports hosts have open. Never rejects. */
export type AddPorts = (hosts: readonly Host[], deadlineMs: number, signal?: AbortSignal) => Promise<Host[]>;

export interface PortsDeps {
  ports: readonly number[];
  connect: TcpConnect;
  clock: Clock;
}

/** Connections under way at the same time. */
const AT_ONCE = 64;
/** On a LAN, who has not answered by then does not. */
const CONNECT_MS = 1_000;

/**
 * Port by port through all hosts, so that no host is knocked at all over at once. A host whose
 * ports could not all be tried before the deadline has no `ports`; one with none open has an
 * empty list.
 */
export function createAddPorts({ ports, connect, clock }: PortsDeps): AddPorts {
  return async function addPorts(hosts, deadlineMs, signal) {
    const until = clock.monotonic() + deadlineMs - CONNECT_MS;
    const tries = ports.flatMap((port) => hosts.map(({ ip }) => ({ ip, port })));
    const tried = new Map<string, { count: number; open: number[] }>();
    let next = 0;
    async function work(): Promise<void> {
      while (clock.monotonic() < until && !signal?.aborted) {
        const attempt = tries[next++];
        if (attempt === undefined) return;
        const { ip, port } = attempt;
        const reached = await connect(ip, port, CONNECT_MS, signal);
        const known = tried.get(ip) ?? { count: 0, open: [] };
        tried.set(ip, known);
        if (reached.kind !== 'unsent') known.count += 1;
        if (reached.kind === 'answered' && reached.open) known.open.push(port);
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return hosts.map((host) => {
      const known = tried.get(host.ip);
      return known?.count === ports.length ? { ...host, ports: known.open.toSorted((a, b) => a - b) } : host;
    });
  };
}
