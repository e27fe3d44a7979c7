/**
 * What the kernel tells of itself in files, as the Harvester reads it. No call rejects: a file
 * that cannot be had is a value that is not known. `node-system-files.ts` is the real one.
 */
export interface SystemFiles {
  /** The text of a file; `undefined` if it cannot be had. */
  read(path: string): Promise<string | undefined>;
  /** Names in a folder; empty if it cannot be had. */
  list(folder: string): Promise<string[]>;
  /** Room in the file system that a folder belongs to; `undefined` for what is no folder. */
  space(folder: string): Promise<Space | undefined>;
}

/** In blocks of one size, whatever it is. */
export interface Space {
  blocks: number;
  free: number;
  /** Those of the free ones that not only root may use. */
  available: number;
}
