/**
 * A file of records that people can read: a JSON array, one record a line, each with the CRC-32
 * of its bytes. Only ever appended to, and rewritten as a whole now and then.
 *
 * Promise: once `append` or `rewrite` has resolved, any later `open` finds these lines, even
 * after a power cut. Both take turns.
 */
export interface ArrayFile {
  /**
   * Repairs what a crash left, and shows every line in order. What is damaged is set aside and
   * told to the operator; the good lines stay. `begin` gives who is shown them; asked again, all
   * that was shown before is void. Rejects when the file cannot be read.
   */
  open(begin: () => LineVisitor): Promise<void>;
  /**
   * Adds lines (JSON objects as text), all or none. `added` is called with their places as soon
   * as they are on disk, and before anything else happens to the file. Resolves to `false`, and
   * nothing is added, when somebody else wrote, replaced or removed the file: then it is to be
   * written anew first.
   */
  append(lines: readonly string[], added: (places: FilePlace[]) => void): Promise<boolean>;
  /** Lines can be read through a hold as long as it is held, whatever becomes of the file. */
  hold(): LineHold;
  /**
   * Writes the file anew with these lines: new ones as text, old ones by their places.
   * `lines` is asked when it is this call's turn. `moved` learns where the old ones are now,
   * numbered as they came, as that takes effect; one that could not be read any more is nowhere.
   * What somebody else put in the file's place is set aside.
   */
  rewrite(lines: () => Iterable<string | FilePlace>, moved: (placeOf: (number: number) => FilePlace | undefined) => void): Promise<void>;
  /** Bytes; 0 when there is no file. */
  size(): number;
  close(): Promise<void>;
}

/** `line`: the record, without comma; valid during the call. */
export type LineVisitor = (line: Uint8Array, place: FilePlace) => void;

export interface FilePlace {
  offset: number;
  length: number;
}

export interface LineHold {
  /** The records as text; `undefined` for one that is not what was written. */
  read(places: readonly FilePlace[]): Promise<(string | undefined)[]>;
  /** Another hold on the same file, released by itself. */
  share(): LineHold;
  release(): void;
}
