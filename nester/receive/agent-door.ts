import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { LIMITS } from '../../protocol/limits.ts';
import { KEY_REFUSED, type KeyCheck } from '../http/key-check.ts';
import { createSocketServer, refuseUpgrade } from '../http/socket-server.ts';
import { STOPPING } from '../http/unavailable.ts';
import type { Fleet } from '../state/fleet.ts';
import { createAgentSession, type AgentSession, type AgentSessionDeps } from './agent-session.ts';
import { HEARTBEAT, keepAlive } from './heartbeat.ts';

/** `/ws/agent`: the sockets of harvesters that stay. */
export interface AgentDoor {
  /** Takes an upgrade request for `/ws/agent`: accepts it, or answers with an HTTP error. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void;
  /** Asks the agents that speak for a node to measure now. Returns whether there was one. */
  measure(node: string): boolean;
  /** Resolves when every socket has been answered and closed, or `graceMs` are over. */
  stop(graceMs: number): Promise<void>;
}

export interface AgentDoorDeps extends Pick<AgentSessionDeps, 'ingest' | 'now' | 'log'> {
  fleet: Pick<Fleet, 'connect'>;
  hasKey: KeyCheck;
  heartbeatMs?: number;
}

interface Agent {
  socket: WebSocket;
  session: AgentSession;
  /** The nodes this socket has sent reports of, and how to say that it no longer can. */
  nodes: Map<string, () => void>;
}

export function createAgentDoor(deps: AgentDoorDeps): AgentDoor {
  const { fleet, hasKey, heartbeatMs = HEARTBEAT.everyMs } = deps;
  const sockets = createSocketServer(LIMITS.agentFrameBytes);
  const agents = new Set<Agent>();
  let stopping = false;
  let allGone: (() => void) | undefined;

  function open(socket: WebSocket, connection: Duplex): void {
    const nodes: Agent['nodes'] = new Map();
    const spokeFor = (node: string): void => {
      if (socket.readyState === socket.OPEN && !nodes.has(node)) nodes.set(node, fleet.connect(node));
    };
    const session = createAgentSession({ ...deps, socket, connection, spokeFor });
    const agent = { socket, session, nodes };
    agents.add(agent);
    keepAlive(socket, () => session.isHeldBack(), heartbeatMs);
    socket.on('close', () => {
      agents.delete(agent);
      for (const release of nodes.values()) release();
      nodes.clear();
      if (agents.size === 0) allGone?.();
    });
  }

  return {
    upgrade(request, connection, head) {
      if (stopping) refuseUpgrade(connection, STOPPING);
      else if (!hasKey(request)) refuseUpgrade(connection, KEY_REFUSED);
      else sockets.accept(request, connection, head, (socket) => open(socket, connection));
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
