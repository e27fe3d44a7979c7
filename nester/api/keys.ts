import type { Request, Response } from 'express';
import { type Decoded, refused } from '../../protocol/decoded.ts';
import { decodeJson } from '../../protocol/json.ts';
import { decodeName, decodeNodes } from '../auth/keys/site-key.ts';
import type { SiteKeys } from '../auth/keys/site-keys.ts';
import { readBody } from '../http/body.ts';
import { sendProblem } from '../http/problem.ts';

export interface KeysDeps {
  siteKeys: Pick<SiteKeys, 'all' | 'add' | 'revoke'>;
}

const LIMIT_BYTES = 128 * 1024;

/** `/api/keys`: the keys of sites, for admins. A key itself is shown once, when it is made. */
export function createKeyHandlers({ siteKeys }: KeysDeps) {
  function all(_request: Request, response: Response): void {
    response.setHeader('Cache-Control', 'no-store');
    response.json(siteKeys.all().map(({ name, nodes, created }) => ({ name, nodes, created })));
  }

  function add(request: Request, response: Response): Promise<void> {
    return new Promise((resolve, reject) => {
      readBody(request, response, LIMIT_BYTES, (body) => {
        if (body.kind === 'whole') addKey(body.bytes, response).then(resolve, reject);
        else if (body.kind === 'large') sendProblem(response, { status: 413, detail: `The body may have at most ${LIMIT_BYTES} bytes.`, headers: { Connection: 'close' } });
        if (body.kind !== 'whole') resolve();
      });
    });
  }

  async function addKey(bytes: Buffer, response: Response): Promise<void> {
    const wanted = decodeWanted(bytes);
    if (!wanted.ok) {
      sendProblem(response, { status: 400, detail: 'This is no key that could be made.', errors: wanted.errors });
      return;
    }
    const { name, nodes } = wanted.value;
    const made = await siteKeys.add(name, nodes);
    response.setHeader('Cache-Control', 'no-store');
    if (made === undefined) sendProblem(response, { status: 409, detail: `There is a key of the name ${name} already.` });
    else response.status(201).json({ name, nodes: made.kept.nodes, created: made.kept.created, key: made.key });
  }

  async function revoke(request: Request<{ name: string }>, response: Response): Promise<void> {
    if (await siteKeys.revoke(request.params.name)) response.status(204).end();
    else sendProblem(response, { status: 404, detail: 'There is no key of this name.' });
  }

  return { all, add, revoke };
}

/** `{"name":"lyon","nodes":["lyon-*"]}`; without `nodes` the node of the key's name. */
function decodeWanted(bytes: Buffer): Decoded<{ name: string; nodes: string[] }> {
  const json = decodeJson(bytes.toString('utf8'));
  if (!json.ok) return json;
  if (typeof json.value !== 'object' || json.value === null) return refused('expected a JSON object');
  const { name, nodes } = json.value as { name?: unknown; nodes?: unknown };
  const decodedName = decodeName(name, 'name');
  if (!decodedName.ok) return decodedName;
  const decodedNodes = nodes === undefined ? { ok: true as const, value: [] } : decodeNodes(nodes, 'nodes');
  if (!decodedNodes.ok) return decodedNodes;
  return { ok: true, value: { name: decodedName.value, nodes: decodedNodes.value } };
}
