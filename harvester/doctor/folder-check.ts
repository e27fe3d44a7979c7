import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../log.ts';
import { type Finding, notOk, ok } from './finding.ts';

/** About one full report: a full disk that takes a name but no bytes is found out. */
const SAMPLE_BYTES = 64 * 1024;

/** Whether reports can be kept: a file is written and synced there, and removed. Leaves nothing behind. */
export async function checkFolder(folder: string, unique: string): Promise<Finding> {
  const sample = join(folder, `doctor.${unique}`);
  let made: string | undefined;
  try {
    made = await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(sample, 'w', 0o600);
    try {
      await file.writeFile(Buffer.alloc(SAMPLE_BYTES, 0x2e));
      await file.sync();
    } finally {
      await file.close();
    }
    return ok('state folder', `${folder} can be written`);
  } catch (error) {
    return notOk('state folder', `${folder} cannot be written: ${reasonOf(error)}`, mend(folder, error));
  } finally {
    await rm(sample, { force: true }).catch(() => undefined);
    if (made !== undefined) await rm(made, { recursive: true, force: true }).catch(() => undefined);
  }
}

function mend(folder: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') return `make room: df -h ${folder}`;
  if (code === 'EROFS') return 'mount that file system for writing, or set HARVESTER_STATE_DIR to a folder elsewhere';
  if (code === 'EACCES' || code === 'EPERM') return 'run it as the user who owns that folder, or set HARVESTER_STATE_DIR to one of your own';
  return 'set HARVESTER_STATE_DIR to a folder that can be written';
}
