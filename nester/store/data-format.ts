import path from 'node:path';
import { decodeJson } from '../../protocol/json.ts';
import { createDurableReplacement } from './durable-replace.ts';
import type { FilePort } from './file-port.ts';
import { readSmallFile } from './small-file.ts';

/**
 * The format of a data folder as a whole, in `format.json`. It grows by one with every change
 * that an older Nester would not understand, in whichever file; a newer Nester knows by it what
 * it has to bring up to date. A folder without it is of format 1.
 */
export const DATA_FORMAT = 1;

const NAME = 'format.json';
const LIMIT_BYTES = 64 * 1024;

/** The folder was written by a newer Nester. Nothing was touched. */
export class DataNewerError extends Error {
  readonly code = 'NESTER_DATA_NEWER';
}

interface Place {
  files: FilePort;
  /** The data folder. */
  folder: string;
}

/** Rejects with {@link DataNewerError}. Touches nothing. */
export async function checkDataFormat({ files, folder }: Place): Promise<void> {
  const text = await readSmallFile(files, path.join(folder, NAME), LIMIT_BYTES);
  const problem = text === undefined ? undefined : newerThanKnown(text, folder);
  if (problem !== undefined) throw new DataNewerError(problem);
}

/** Why what `format.json` says is not for this Nester; `undefined`: it is. What cannot be read says nothing: each file tells by itself whether it is whole. */
export function newerThanKnown(text: string, place: string): string | undefined {
  const json = decodeJson(text);
  const { format, version } = (json.ok && typeof json.value === 'object' ? (json.value ?? {}) : {}) as Record<string, unknown>;
  if (typeof format !== 'number' || format <= DATA_FORMAT) return undefined;
  const by = typeof version === 'string' ? `Nester ${version.slice(0, 50)}` : 'a newer Nester';
  return `${place} was written by ${by}, in format ${format}; this one knows format ${DATA_FORMAT} and older ones. Start that version or a later one. Nothing was touched`;
}

/** Says of a folder that is in use from now on which format it has. `version`: of this program. */
export async function noteDataFormat({ files, folder }: Place, version: string): Promise<void> {
  const file = path.join(folder, NAME);
  const text = formatText(version);
  if ((await readSmallFile(files, file, LIMIT_BYTES).catch(() => undefined)) === text) return;
  const replacement = createDurableReplacement(files, file);
  await replacement.write(Buffer.from(text));
  await replacement.commit();
}

export function formatText(version: string): string {
  return `${JSON.stringify({ format: DATA_FORMAT, version })}\n`;
}
