/** A position in the order of receipt: `<epoch>-<sequence>`. Opaque to viewers. */
export interface Position {
  /** Names the log; positions of different logs have no order. */
  epoch: string;
  seq: number;
}

/** `undefined` for what was never a cursor. */
export function decodeCursor(cursor: string): Position | undefined {
  const parts = /^(.{1,200})-(\d{1,16})$/s.exec(cursor);
  const seq = Number(parts?.[2]);
  return parts?.[1] !== undefined && Number.isSafeInteger(seq) ? { epoch: parts[1], seq } : undefined;
}

/** Whether `left` is known to be at or before `right`. */
export function isAtOrBefore(left: string, right: Position | undefined): boolean {
  const position = decodeCursor(left);
  return position !== undefined && position.epoch === right?.epoch && position.seq <= right.seq;
}
