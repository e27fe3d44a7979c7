import * as fc from 'fast-check';

/** A part of the programs that takes what came from outside, and what must hold for whatever comes. */
export interface FuzzArea {
  name: string;
  /** Its share of all cases. */
  weight: number;
  /** Makes ready; `cases` is run once for each input, and throws or rejects for what must never happen. */
  open(): Promise<FuzzCases> | FuzzCases;
}

export interface FuzzCases {
  inputs: fc.Arbitrary<unknown>;
  run: (input: unknown) => Promise<void> | void;
  /** What is to be true after the last one. */
  close?: () => Promise<void>;
}

/** The type of the input is known where it is made, and lost where areas of all kinds are gathered. */
export function cases<T>(inputs: fc.Arbitrary<T>, run: (input: T) => Promise<void> | void, close?: () => Promise<void>): FuzzCases {
  return { inputs, run: (input) => run(input as T), ...(close ? { close } : {}) };
}

/** Pieces that parsers stumble over. */
const PIECES = [
  '', '"', '\\', '\\u0000', '\\ud800', '\u0000', '\u001b', '\ufeff', '\u2028', '\ud83d', '{', '}', '[', ']', '{}', '[]', ',', ':', '\n', '\r\n', ' ',
  '-0', '1e999', '1e-999', '9007199254740993', '0x10', 'NaN', 'null', 'true', '"__proto__"', '"constructor"', '"toString"', '"node"', '=1+1', '../', '%00', '%2e%2e%2f',
  '2026-11-22T08:00:00.000Z', '275760-09-13T00:00:00Z', 'é', '🙂', '<b>', "'", '`', '${x}', 'x'.repeat(300),
];

interface Edit {
  kind: 'insert' | 'remove' | 'double' | 'swap';
  at: number;
  length: number;
  piece: string;
}

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('insert', 'remove', 'double', 'swap'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 1, max: 40 }),
    piece: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PIECES) }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) }),
  }),
  { maxLength: 5 },
);

function edited(text: string, { kind, at, length, piece }: Edit): string {
  const from = Math.floor(at * (text.length + 1));
  const to = Math.min(text.length, from + length);
  switch (kind) {
    case 'insert':
      return text.slice(0, from) + piece + text.slice(from);
    case 'remove':
      return text.slice(0, from) + text.slice(to);
    case 'double':
      return text.slice(0, to) + text.slice(from);
    case 'swap':
      return text.slice(0, from) + piece + text.slice(to);
  }
}

/** Texts near those that are right, as a fault or somebody hostile would make them, and now and then any text at all. */
export function near(...right: string[]): fc.Arbitrary<string> {
  const changed = fc.tuple(fc.constantFrom(...right), edits).map(([text, list]) => list.reduce(edited, text));
  return fc.oneof({ weight: 12, arbitrary: changed }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) });
}

/** A report with everything in it. */
export const WHOLE_REPORT = {
  node: 'lyon-01',
  timestamp: '2026-11-22T08:00:00.000Z',
  ip: '10.20.30.40',
  devices: 12,
  latency: 12.345,
  loss: 0,
  jitter: 0.321,
  method: 'icmp',
  interval: 60,
  metrics: { cpu: 12.5, memory: 48.2, battery: 97 },
  targets: [{ name: 'gateway', latency: 1.5, loss: 0, jitter: null }],
  hosts: [{ ip: '10.20.30.1', mac: 'aa:bb:cc:dd:ee:ff', vendor: 'Maker', name: 'router', ports: [22, 80] }],
  labels: { city: 'Lyon', group: 'shops' },
  agent: { version: '0.1.0', mode: 'agent', os: 'Linux', kept: 3, dropped: 0 },
};

/** What must hold of a value that was let in or refused: nothing was thrown, and a refusal says why in a line. */
export function checkRefusal(decoded: { ok: boolean; errors?: readonly { path: string; message: string }[] }): void {
  if (decoded.ok) return;
  const { errors = [] } = decoded;
  if (errors.length === 0) throw new Error('refused, and no reason is given');
  for (const { message } of errors) {
    // eslint-disable-next-line no-control-regex -- it looks for just these
    if (message.length > 2_000 || /[\u0000-\u001f\u007f-\u009f]/.test(message)) throw new Error(`a reason that is no line: ${JSON.stringify(message.slice(0, 200))}`);
  }
}
