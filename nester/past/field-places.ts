import { endOfText, endOfValue, QUOTE } from './json-bytes.ts';

/**
 * Where the fields of a report stand in its JSON, found without reading any of them: whoever
 * shows ten thousand reports hands their bytes on as they are, and a LAN inventory can be a
 * hundred times the rest.
 */
export interface FieldPlaces {
  /** Looks through a report, as `serialiseReport` wrote it: no white space; fields in any order, unknown ones left out, as is what is cut off. */
  look(json: Uint8Array): void;
  /** Where the value of a field begins in the report looked through last; 0: it has none. */
  from(field: Field): number;
  /** Where it ends. */
  to(field: Field): number;
}

/** Numbers, because ten thousand reports are asked for each. */
export const FIELD = {
  node: 0,
  timestamp: 1,
  ip: 2,
  devices: 3,
  latency: 4,
  loss: 5,
  jitter: 6,
  interval: 7,
  metrics: 8,
  targets: 9,
  hosts: 10,
  labels: 11,
  agent: 12,
  receivedAt: 13,
} as const;
export type Field = (typeof FIELD)[keyof typeof FIELD];

const NAMES = Object.entries(FIELD).map(([name, field]) => ({ bytes: Buffer.from(name), field }));

/** No two names have both their length and their first letter in common: at most one has to be compared. */
const BY_SHAPE = new Map(NAMES.map((name) => [shapeOf(name.bytes, 0, name.bytes.length), name]));

export function createFieldPlaces(): FieldPlaces {
  const begins = new Int32Array(NAMES.length);
  const ends = new Int32Array(NAMES.length);
  return {
    look(json) {
      begins.fill(0);
      // Past the bracket, and then past each comma.
      for (let at = 1; json[at] === QUOTE; at++) {
        const nameEnd = endOfText(json, at);
        const field = fieldOf(json, at + 1, nameEnd - 1);
        const begin = nameEnd + 1;
        at = endOfValue(json, begin);
        // A value with nothing behind it is cut off.
        if (field === undefined || at >= json.length) continue;
        begins[field] = begin;
        ends[field] = at;
      }
    },
    from: (field) => begins[field] ?? 0,
    to: (field) => ends[field] ?? 0,
  };
}

function shapeOf(bytes: Uint8Array, from: number, to: number): number {
  return (to - from) * 256 + (bytes[from] ?? 0);
}

function fieldOf(json: Uint8Array, from: number, to: number): Field | undefined {
  const name = BY_SHAPE.get(shapeOf(json, from, to));
  if (!name) return undefined;
  for (let n = 0; n < name.bytes.length; n++) if (json[from + n] !== name.bytes[n]) return undefined;
  return name.field;
}
