import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { ANYONE, type Grant } from '../auth/access.ts';
import type { Standing } from '../auth/standing.ts';
import { createSocketServer, refuseUpgrade } from '../http/socket-server.ts';
import { STOPPING } from '../http/unavailable.ts';
import type { Limits } from '../limits.ts';
import type { Fleet } from '../state/fleet.ts';
import { createAgentSession, type AgentSession, type AgentSessionDeps } from './agent-session.ts';
import { HEARTBEAT, keepAlive } from './heartbeat.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';

/** `/ws/agent`: the sockets of harvesters that stay. */
export interface AgentDoor {
  /** Takes an upgrade request of somebody who may send reports: accepts it, or answers with an HTTP error. */
  open(request: IncomingMessage, connection: Duplex, head: Buffer, grant: Grant): void;
  /** Asks the agents that speak for a node to measure now. Returns whether there was one. */
  measure(node: string): boolean;
  /** Resolves when every socket has been answered and closed, or `graceMs` are over. */
  stop(graceMs: number): Promise<void>;
}

export interface AgentDoorDeps extends Pick<AgentSessionDeps, 'ingest' | 'turns' | 'now' | 'log'> {
  fleet: Pick<Fleet, 'connect'>;
  standing: Pick<Standing, 'hold'>;
  rates: { address: RateLimit; key: RateLimit };
  limits: Pick<Limits, 'frameBytes' | 'jsonDepth' | 'messageRate'>;
  addressOf: (request: IncomingMessage) => string;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number;
  heartbeatMs?: number;
}

interface Agent {
  socket: WebSocket;
  session: AgentSession;
  /** The nodes this socket has sent reports of, and how to say that it no longer can. */
  nodes: Map<string, () => void>;
}

export function createAgentDoor(deps: AgentDoorDeps): AgentDoor {
  const { fleet, standing, rates, limits, turns, addressOf, monotonicMs, heartbeatMs = HEARTBEAT.everyMs } = deps;
  const sockets = createSocketServer(limits.frameBytes);
  const agents = new Set<Agent>();
  let stopping = false;
  let allGone: (() => void) | undefined;

  /** Counts messages against everything that bounds them, and says for how many ms to read no more. */
  function createPace(address: string, { holder }: Grant): (count: number) => number {
    const messages = createRateLimit({ perSecond: limits.messageRate, monotonicMs, most: 1 });
    return (count) =>
      Math.max(
        messages.charge('this socket', count),
        rates.address.charge(address, count),
        holder === ANYONE ? 0 : rates.key.charge(holder, count),
      );
  }

  function welcome(socket: WebSocket, connection: Duplex, grant: Grant, address: string): void {
    const nodes: Agent['nodes'] = new Map();
    const spokeFor = (node: string): void => {
      if (socket.readyState === socket.OPEN && !nodes.has(node)) nodes.set(node, fleet.connect(node));
    };
    const session = createAgentSession({ ...deps, socket, connection, writer: grant, spokeFor, jsonDepth: limits.jsonDepth, pace: createPace(address, grant) });
    const agent = { socket, session, nodes };
    agents.add(agent);
    const release = standing.hold(grant, () => session.refuse());
    keepAlive(socket, () => session.isHeldBack(), heartbeatMs);
    socket.on('close', () => {
      agents.delete(agent);
      release();
      // Ten thousand may be gone in one moment, when a line breaks: each changes the state of its nodes.
      for (const leave of nodes.values()) if (stopping) leave(); else turns.run(0, leave);
      nodes.clear();
      if (agents.size === 0) allGone?.();
    });
  }

  return {
    open(request, connection, head, grant) {
      if (stopping) refuseUpgrade(connection, STOPPING);
      else sockets.accept(request, connection, head, (socket) => welcome(socket, connection, grant, addressOf(request)));
    },
    measure(node) {
      const speaking = [...agents].filter(({ nodes }) => nodes.has(node));
      for (const { session } of speaking) session.measure();
      return speaking.length > 0;
    },
    stop(graceMs) {
      stopping = true;
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(alarm);
          for (const { socket } of agents) socket.terminate();
          resolve();
        };
        const alarm = setTimeout(finish, graceMs);
        allGone = finish;
        for (const { session } of agents) session.stop();
        if (agents.size === 0) finish();
      });
    },
  };
}
