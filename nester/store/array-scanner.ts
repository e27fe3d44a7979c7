/**
 * Cuts a JSON array of objects into the texts of its elements, whatever its layout (one per
 * line, pretty-printed by jq, all on one line), chunk by chunk: a file of gigabytes needs no
 * more memory than its largest element. The elements' own syntax is left to JSON.parse; what
 * stands between them is checked here, and a fault is told with its line.
 */
export interface ArrayScanner {
  push(chunk: Uint8Array): ScanResult;
  /** After the last chunk: whether the array was complete. */
  end(): ScanResult;
}

export interface ScannedItem {
  text: string;
  /** Line on which the element begins, from 1. */
  line: number;
}

export type ScanResult = { ok: true; items: ScannedItem[] } | { ok: false; line: number; message: string };

/** What has been read; what may come next follows from it. Numbers: compared for every byte. */
const AT = { start: 0, first: 1, item: 2, separator: 3, next: 4, done: 5 } as const;

const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

export function createArrayScanner(itemLimitBytes: number): ArrayScanner {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let state: number = AT.start;
  let line = 1;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let itemLine = 0;
  /** Beginnings of the current element in earlier chunks. */
  let pieces: Uint8Array[] = [];
  let pieceBytes = 0;
  let bomBytes = 0;

  const fault = (message: string): ScanResult => ({ ok: false, line, message });

  function finishItem(part: Uint8Array): ScannedItem | undefined {
    const bytes = pieces.length === 0 ? part : Buffer.concat([...pieces, part]);
    pieces = [];
    pieceBytes = 0;
    try {
      return { text: decoder.decode(bytes), line: itemLine };
    } catch {
      return undefined;
    }
  }

  return {
    push(chunk) {
      const items: ScannedItem[] = [];
      let itemStart = 0;
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at] ?? 0;
        if (byte === LF) line++;
        if (state === AT.item) {
          if (inString) {
            if (escaped) escaped = false;
            else if (byte === BACKSLASH) escaped = true;
            else if (byte === QUOTE) inString = false;
          } else if (byte === QUOTE) {
            inString = true;
          } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
            depth++;
          } else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) {
            const item = finishItem(chunk.subarray(itemStart, at + 1));
            if (!item) return { ok: false, line: itemLine, message: 'not valid UTF-8' };
            items.push(item);
            state = AT.separator;
          }
          continue;
        }
        if (byte === LF || byte === 0x20 || byte === 0x09 || byte === 0x0d) continue;
        if (byte === OPEN_OBJECT && (state === AT.first || state === AT.next)) {
          state = AT.item;
          depth = 1;
          itemStart = at;
          itemLine = line;
        } else if (byte === COMMA && state === AT.separator) {
          state = AT.next;
        } else if (byte === CLOSE_ARRAY && (state === AT.first || state === AT.separator)) {
          state = AT.done;
        } else if (byte === OPEN_ARRAY && state === AT.start) {
          state = AT.first;
        } else if (state === AT.start && isBom(byte, bomBytes)) {
          bomBytes++;
        } else {
          return fault(`expected ${expectation(state)}, got ${nameOf(byte)}`);
        }
      }
      if (state === AT.item) {
        const rest = chunk.subarray(itemStart);
        pieceBytes += rest.length;
        if (pieceBytes > itemLimitBytes) {
          return { ok: false, line: itemLine, message: `a report of more than ${itemLimitBytes} bytes` };
        }
        // Copied: the caller reads the next chunk into the same memory.
        pieces.push(Uint8Array.from(rest));
      }
      return { ok: true, items };
    },
    end() {
      if (state === AT.done) return { ok: true, items: [] };
      return fault(`the file ends where ${expectation(state)} was expected`);
    },
  };
}

/** EF BB BF: some editors of Windows put it before UTF-8. */
function isBom(byte: number, index: number): boolean {
  return [0xef, 0xbb, 0xbf][index] === byte;
}

function expectation(state: number): string {
  switch (state) {
    case AT.start:
      return '"[", the beginning of an array';
    case AT.first:
      return 'a report "{...}" or "]"';
    case AT.item:
      return 'the end of a report';
    case AT.separator:
      return '"," or "]"';
    case AT.next:
      return 'a report "{...}"';
    default:
      return 'nothing more after "]"';
  }
}

function nameOf(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
