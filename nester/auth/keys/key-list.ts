import { type Decoded, refused } from '../../../protocol/decoded.ts';
import { decodeName, decodeNodes, type SiteKey } from './site-key.ts';

/**
 * The text of keys.json: a JSON array, one key a line, so that it can be read, and a key be taken
 * out with any editor. Anything that is not as it should be refuses the whole: half a list would
 * leave sites without their keys, or a key with more rights than was meant.
 */
export function encodeKeyList(keys: readonly SiteKey[]): string {
  const lines = keys.map(({ name, nodes, created, sha256 }) => JSON.stringify({ name, nodes, created, sha256 }));
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`;
}

/** What is wrong is said with its place, and never with what stands there: someone may have pasted a key. */
export function decodeKeyList(text: string): Decoded<SiteKey[]> {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    return refused(`line ${lineOf(text, error)}: this is not valid JSON`);
  }
  if (!Array.isArray(list)) return refused('expected a JSON array of keys');
  const keys: SiteKey[] = [];
  const taken = { name: new Set<string>(), sha256: new Set<string>() };
  for (const [index, item] of list.entries()) {
    const key = decodeKey(item);
    if (!key.ok) return { ok: false, errors: key.errors.map(({ path, message }) => ({ path: placeOf(index, path, item), message })) };
    for (const field of ['name', 'sha256'] as const) {
      if (taken[field].has(key.value[field])) return refused('expected another than the keys before it', placeOf(index, field, item));
      taken[field].add(key.value[field]);
    }
    keys.push(key.value);
  }
  return { ok: true, value: keys };
}

const FIELDS = ['name', 'nodes', 'created', 'sha256'];

function decodeKey(item: unknown): Decoded<SiteKey> {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return refused('expected an object');
  const { name, nodes, created, sha256 } = item as Partial<Record<keyof SiteKey, unknown>>;
  const unknown = Object.keys(item).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) return refused(`expected only ${FIELDS.join(', ')}, and here is something else`);
  const decodedName = decodeName(name, 'name');
  if (!decodedName.ok) return decodedName;
  const decodedNodes = decodeNodes(nodes, 'nodes');
  if (!decodedNodes.ok) return decodedNodes;
  if (typeof created !== 'string' || Number.isNaN(Date.parse(created))) return refused('expected a time, ISO 8601', 'created');
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    return refused('expected 64 hexadecimal digits, the SHA-256 of the key, not the key', 'sha256');
  }
  return { ok: true, value: { name: decodedName.value, nodes: decodedNodes.value, created: new Date(created).toISOString(), sha256 } };
}

/** `key 2 (lyon), nodes[0]`. */
function placeOf(index: number, path: string, item: unknown): string {
  const name = typeof item === 'object' && item !== null && 'name' in item ? decodeName(item.name, '') : undefined;
  return `key ${index + 1}${name?.ok ? ` (${name.value})` : ''}${path === '' ? '' : `, ${path}`}`;
}

/** The parser says at which character it stopped; where it says nothing, at the end. */
function lineOf(text: string, error: unknown): number {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return text.slice(0, position === undefined ? text.trimEnd().length : Number(position)).split('\n').length;
}
