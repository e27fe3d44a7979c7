import { randomBytes } from 'node:crypto';
import { type Decoded, refused } from '../../../protocol/decoded.ts';
import { LIMITS } from '../../../protocol/limits.ts';
import { digestOf } from '../presented-key.ts';

/** A key of one site, as it is kept: never the key itself. */
export interface SiteKey {
  /** Whose it is; unique. */
  name: string;
  /** The nodes it may report for: names and patterns (node-pattern.ts). */
  nodes: string[];
  /** When it was made, ISO 8601. */
  created: string;
  /** SHA-256 of the key, hex. */
  sha256: string;
}

/** So that people, and programs that look for leaked secrets, know it when they see one. */
const PREFIX = 'nst_';
const RANDOM_BYTES = 32;
const MOST_NODES = 1_000;

/** 256 random bits: a new key, and what is kept of it. `nodes` empty: the node that has the key's name. */
export function makeSiteKey(name: string, nodes: readonly string[], nowMs: number): { key: string; kept: SiteKey } {
  const key = PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
  const bound = nodes.length === 0 ? [name] : [...new Set(nodes)];
  return { key, kept: { name, nodes: bound, created: new Date(nowMs).toISOString(), sha256: digestOf(key) } };
}

/** The name of a key or of a node, or a pattern: what a name of a node may be. */
export function decodeName(value: unknown, path: string): Decoded<string> {
  const name = typeof value === 'string' ? value.trim() : '';
  if (name.length > 0 && Array.from(name).length <= LIMITS.nameCharacters && !/[\p{Cc}\p{Cs}]/u.test(name)) return { ok: true, value: name };
  return refused(`expected 1 to ${LIMITS.nameCharacters} characters, no control characters`, path);
}

export function decodeNodes(value: unknown, path: string): Decoded<string[]> {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_NODES) {
    return refused(`expected a list of 1 to ${MOST_NODES} names of nodes or patterns`, path);
  }
  const nodes: string[] = [];
  for (const [at, item] of value.entries()) {
    const node = decodeName(item, `${path}[${at}]`);
    if (!node.ok) return node;
    nodes.push(node.value);
  }
  return { ok: true, value: nodes };
}
