import type { Request, Response } from 'express';
import { type Decoded, refused } from '../../protocol/decoded.ts';
import { readInteger } from '../../protocol/settings.ts';
import { sendProblem } from '../http/problem.ts';
import type { LanBook } from '../past/lan-book.ts';
import type { Fleet } from '../state/fleet.ts';
import { isRefused, parametersOf, readerOf } from './question.ts';
import { UNKNOWN_NODE } from './unknown-node.ts';

export interface HostHandlersDeps {
  lans: Pick<LanBook, 'hosts' | 'find'>;
  fleet: Pick<Fleet, 'get'>;
}

const LIMITS = { nodes: 200, mostNodes: 10_000, hosts: 3, queryCharacters: 200 };

/** The hosts of the LANs: of one site, and where there is one that people look for. */
export function createHostHandlers({ lans, fleet }: HostHandlersDeps) {
  function ofNode(request: Request<{ node: string }>, response: Response): void {
    const { node } = request.params;
    if (!fleet.get(node)) {
      sendProblem(response, UNKNOWN_NODE);
      return;
    }
    const { scannedAtMs, hosts } = lans.hosts(node);
    response.setHeader('Cache-Control', 'no-cache');
    response.json({
      scannedAt: scannedAtMs,
      hosts: hosts.map(({ host, firstSeenMs, lastSeenMs, isPresent }) => ({
        ...host,
        firstSeen: firstSeenMs,
        lastSeen: lastSeenMs,
        present: isPresent,
      })),
    });
  }

  async function search(request: Request, response: Response): Promise<void> {
    const reader = readerOf(request);
    const query = reader.read('q', readQuery);
    if (!parametersOf(request).has('q')) reader.refuse('q', 'is missing');
    const nodes = reader.read('limit', readInteger(1, LIMITS.mostNodes)) ?? LIMITS.nodes;
    if (isRefused(reader, response) || query === undefined) return;
    const found = await lans.find(query, { nodes, hosts: LIMITS.hosts });
    response.setHeader('Cache-Control', 'no-cache');
    response.json({ nodes: found.map(({ node, hosts }) => ({ node, hosts: hosts.map(({ ip, mac, vendor, name }) => ({ ip, mac, vendor, name })) })) });
  }

  return { ofNode, search };
}

function readQuery(text: string): Decoded<string> {
  const query = text.trim();
  const { length } = Array.from(query);
  if (length >= 1 && length <= LIMITS.queryCharacters) return { ok: true, value: query };
  return refused(`expected 1 to ${LIMITS.queryCharacters} characters, got ${length}`);
}
